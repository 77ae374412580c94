package control

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/wire"
)

// asAnew wants the bytes of an answer to a GET be those of a plane that has never answered, and
// has nothing kept to send again.
func (h *world) asAnew(path string, status int, text string) {
	h.t.Helper()
	if h.control.Announce != nil {
		return // what others are known to serve is told by this plane alone
	}
	anew := wire.NewServer(wire.Config{Handlers: New(h.control.Config).Handlers(), Region: "us-east-1", Account: "000000000000"})
	w := httptest.NewRecorder()
	anew.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != status || w.Body.String() != text {
		h.t.Errorf("GET %s: got %d %s\nand from a plane that has answered nothing before %d %s", path, status, text, w.Code, w.Body)
	}
}

// Every operation that reads one noun answers again what it has answered, byte for byte, and
// what is new once the noun has changed.
func TestWhatIsAnsweredAgain(t *testing.T) {
	f := regionFixture(t)
	reads := 0
	for _, o := range wire.Operations() {
		kind, reader := strings.CutPrefix(o.Name, "Get")
		if !reader || wire.Lookup("Create"+kind) == nil {
			continue
		}
		reads++
		paths := f.nouns(o.Path)
		if len(paths) == 0 {
			t.Errorf("%s: nothing is there to be read", o.Name)
		}
		for _, path := range paths {
			for range 3 { // call compares each with what a new plane answers
				f.must("GET", path, "")
			}
			// Members that are shown when they are asked for.
			f.must("GET", path+"?includeValue=true&includeRawDisplayContent=true", "")
			f.must("GET", path, "")
		}
	}
	if reads < 20 {
		t.Errorf("%d operations read a noun, want all kinds", reads)
	}
	const at = "/v2/domainnames/a.example.com"
	before := f.must("GET", at, "")
	if len(f.must("PATCH", at, `{"mutualTlsAuthentication":{"truststoreUri":"s3://b/k"}}`)) == len(before) || f.must("GET", at, "")["mutualTlsAuthentication"] == nil {
		t.Error("a change is not shown")
	}
}

var label = regexp.MustCompile(`\{[^}]*\}`)

// nouns are the paths of all nouns that a path with labels may name, found by listing them.
func (h *world) nouns(path string) (found []string) {
	at := label.FindStringIndex(path)
	if at == nil {
		return []string{path}
	}
	name, above := path[at[0]+1:at[1]-1], path[:at[0]-1]
	for _, list := range h.must("GET", above, "") {
		items, _ := list.([]any)
		for _, item := range items {
			members := item.(map[string]any)
			id, _ := members[name].(string)
			if id == "" {
				id, _ = members["id"].(string)
			}
			if id != "" {
				found = append(found, h.nouns(above+"/"+id+path[at[1]:])...)
			}
		}
	}
	return found
}
