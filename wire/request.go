package wire

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// Request is a decoded and checked call of one operation.
type Request struct {
	Operation *Operation
	Path      map[string]string // by wire name of the member, unescaped
	Query     url.Values
	Body      map[string]json.RawMessage // members that the operation has and that are not null
	Payload   []byte                     // the body as it came, where that is no object of members
	Header    http.Header                // as it came; nobody may change it

	Region    string // of the credential scope, or the server's
	Account   string
	AccessKey string // "" when the request is not signed
	RequestID string
	SourceIP  string
	UserAgent string

	// Resource is what the audit line names, the path as it was received unless
	// the handler sets it, to the ARN of what it created for one.
	Resource string

	by *call // whose it is; nil: nobody's, who reaches everything
}

// Reaches says whether the caller's key reaches an API, for operations that are
// Shared. "" stands for what belongs to none or is not known to.
func (r *Request) Reaches(api string) bool { return r.by == nil || r.by.reaches(api) }

// Has says whether the request carries a member, wherever it travels.
func (r *Request) Has(member string) bool {
	if _, ok := r.Body[member]; ok {
		return true
	}
	if _, ok := r.Path[member]; ok {
		return true
	}
	return r.Query.Has(member)
}

// String is a text member, wherever it travels; "" if it is absent.
func (r *Request) String(member string) string {
	if v, ok := r.Path[member]; ok {
		return v
	}
	if raw, ok := r.Body[member]; ok {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	}
	return r.Query.Get(member)
}

// Bool is a boolean member; the second result says whether it was there.
func (r *Request) Bool(member string) (value, present bool) {
	if raw, ok := r.Body[member]; ok {
		return string(raw) == "true", true
	}
	if !r.Query.Has(member) {
		return false, false
	}
	value, _ = strconv.ParseBool(r.Query.Get(member))
	return value, true
}

// Strings is a list of texts: repeated in the query, or a list in the body.
func (r *Request) Strings(member string) []string {
	if raw, ok := r.Body[member]; ok {
		var list []string
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
		return list
	}
	return r.Query[member]
}

// Reply is an answer that chooses its own status and header, in the form of another
// protocol than that of the model.
type Reply struct {
	Status      int
	Header      http.Header // nil for none of its own
	ContentType string
	Body        []byte
}

// Page is what a list operation was asked for: how many items at most (0: not
// said) and where to go on. V1 calls them limit and position. The number was
// checked; the token is the handler's to judge.
func (r *Request) Page() (limit int, token string) {
	size, at := "maxResults", "nextToken"
	if r.Operation.V1 {
		size, at = "limit", "position"
	}
	limit, _ = strconv.Atoi(r.Query.Get(size))
	return limit, r.Query.Get(at)
}

// Page is the answer of a list operation; the Server gives the members the names
// that the operation has for them. Items is a slice and must not be nil.
type Page struct {
	Items     any
	NextToken string // "" on the last page
}

// Document is an answer that is the whole body, as ExportApi has it.
type Document struct {
	ContentType string
	Body        []byte
}
