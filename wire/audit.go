package wire

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// Entry is what there is to remember of a write. It has no member of the body:
// those may be secrets.
type Entry struct {
	Time      time.Time
	Duration  time.Duration
	Operation string
	Resource  string // path or ARN; of what was created too
	AccessKey string // as the request names it, when its signature is not verified or refused
	Account   string
	Region    string
	SourceIP  string
	UserAgent string
	RequestID string
	Status    int
	Exception string // "" on success
}

// audit tells of a write that was answered, a refused one too: who tried what is
// the question that a log is read for.
func (c *call) audit(ctx context.Context, began time.Time) {
	if c.server.config.Audit == nil || c.operation == nil || !c.operation.Write() {
		return
	}
	c.server.config.Audit(ctx, Entry{
		Time: began, Duration: time.Since(began), Operation: c.operation.Name, Resource: c.resource(),
		AccessKey: c.identity.AccessKey, Account: c.identity.Account, Region: c.identity.Region,
		SourceIP: c.server.config.SourceIP(c.http), UserAgent: c.http.UserAgent(), RequestID: c.id, Status: c.status, Exception: c.exception,
	})
}

// resource is what a write was about: what its handler says, or else its path,
// with the id of what it made.
func (c *call) resource() string {
	if c.request != nil && c.request.Resource != "" {
		return c.request.Resource
	}
	path := c.http.URL.EscapedPath()
	if c.made != "" {
		return strings.TrimSuffix(path, "/") + "/" + c.made
	}
	return path
}

// madeBy finds the id of what an operation created in its answer, which is written as text: the
// member that the operation which reads one of its kind has last in its path. The model says
// nothing else of ids.
func madeBy(o *Operation, status int, answer any, text []byte) string {
	kind, creates := strings.CutPrefix(o.Name, "Create")
	if !creates || status != http.StatusCreated {
		return ""
	}
	reader := Lookup("Get" + kind)
	if reader == nil {
		return ""
	}
	// The last label of a path names the noun itself, those before it its parents.
	label, _ := labelOf(reader.Path[strings.LastIndexByte(reader.Path, '/')+1:])
	if id := textMember(answer, label); id != "" {
		return id
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return ""
	}
	for _, name := range []string{label, "id"} {
		var id string
		if json.Unmarshal(members[name], &id) == nil && id != "" {
			return id
		}
	}
	return ""
}

// textMember is a text of a noun by its name on the wire, "" when the answer has none of that name
// where it can be seen: most are nouns, whose own members need not be read back from
// the text that was made of them.
func textMember(answer any, name string) string {
	v := reflect.ValueOf(answer)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return ""
	}
	v = v.Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name && f.Type.Kind() == reflect.String {
			return v.Field(i).String()
		}
	}
	return ""
}
