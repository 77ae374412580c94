package document

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/file"
	"github.com/dragoman-gateway/dragoman/wire"
)

func TestDoor(t *testing.T) {
	var announced int64
	var audited []wire.Entry
	d := &Door{Store: memory(t), Account: "123456789012", Announce: func(_ context.Context, revision int64) error { announced = revision; return nil },
		Audit: func(_ context.Context, e wire.Entry) { audited = append(audited, e) }}
	send := func(method, query, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(method, Path+query, strings.NewReader(body)))
		return w
	}
	document := string(full(t))
	if w := send("PUT", "?dryRun=true", document); w.Code != 200 || !strings.Contains(w.Body.String(), "+    apis:") || announced != 0 {
		t.Errorf("a dry run: got %d %s", w.Code, w.Body)
	}
	if w := send("GET", "", ""); strings.Contains(w.Body.String(), "apis") {
		t.Errorf("the dry run wrote: %s", w.Body)
	}
	if w := send("PUT", "", document); w.Code != 200 || announced == 0 {
		t.Errorf("an import: got %d %s, announced %d", w.Code, w.Body, announced)
	}
	if w := send("GET", "", ""); w.Body.String() != document || w.Header().Get("Content-Type") != "application/yaml" {
		t.Errorf("got %s, want what was imported", w.Body)
	}
	if w := send("PUT", "", document); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("the same again: got %d %s, want no changes", w.Code, w.Body)
	}
	w := send("PUT", "", "dragoman: 3")
	if w.Code != 400 || w.Header().Get("X-Amzn-Errortype") != "BadRequestException" || !strings.Contains(w.Body.String(), "line 1: expected dragoman: 1") {
		t.Errorf("a wrong document: got %d %s", w.Code, w.Body)
	}
	if w := send("DELETE", "", ""); w.Code != 405 {
		t.Errorf("DELETE: got %d, want 405", w.Code)
	}
	if len(audited) != 3 || audited[0].Status != 200 || audited[2].Exception != "BadRequestException" {
		t.Errorf("got audit %+v, want one line for each import", audited)
	}
}

func TestDoorOfAReadOnlyStore(t *testing.T) {
	s, err := file.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	(&Door{Store: s}).ServeHTTP(w, httptest.NewRequest("PUT", Path, strings.NewReader(string(full(t)))))
	if w.Code != 403 || !strings.Contains(w.Body.String(), "read-only") {
		t.Errorf("got %d %s, want a refusal", w.Code, w.Body)
	}
}

func TestDoorAsksForKeys(t *testing.T) {
	for name, c := range map[string]struct {
		identity wire.Identity
		err      error
		method   string
		status   int
	}{
		"no key":               {err: fault.New(fault.MissingAuthentication, "Missing Authentication Token"), method: "GET", status: 403},
		"a key that may all":   {method: "PUT", status: 200},
		"a key that may read":  {identity: wire.Identity{Permit: readOnly}, method: "GET", status: 200},
		"it may not write":     {identity: wire.Identity{Permit: readOnly}, method: "PUT", status: 403},
		"nor try what it does": {identity: wire.Identity{Permit: readOnly}, method: "PUT", status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			d := &Door{Store: memory(t), Authenticate: func(*http.Request) (*wire.Claim, error) {
				return &wire.Claim{Identity: func([]byte) (wire.Identity, error) { return c.identity, nil }}, c.err
			}}
			w := httptest.NewRecorder()
			d.ServeHTTP(w, httptest.NewRequest(c.method, Path, strings.NewReader(small)))
			if w.Code != c.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
		})
	}
}

func readOnly(r *wire.Request) error {
	if r.Operation.Write() {
		return fault.New(fault.AccessDenied, "no")
	}
	return nil
}

var _ store.Tx = (*collector)(nil)

// Documents are read one after the other; nobody waits for ever for his turn.
func TestDocumentsTakeTurns(t *testing.T) {
	d := &Door{Store: memory(t)}
	put := func(r *http.Request) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		return w
	}
	if w := put(httptest.NewRequest("PUT", Path, strings.NewReader(small))); w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	d.turn <- struct{}{} // somebody's, who takes long
	left, leave := context.WithCancel(t.Context())
	leave()
	if w := put(httptest.NewRequest("PUT", Path, strings.NewReader(small)).WithContext(left)); w.Code == 200 {
		t.Error("a document was read out of turn")
	}
	synctest.Test(t, func(t *testing.T) {
		door := &Door{Store: d.Store}
		door.made.Do(func() { door.turn = make(chan struct{}, 1) })
		door.turn <- struct{}{}
		began := time.Now()
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest("PUT", Path, strings.NewReader(small)))
		if w.Code != 503 || time.Since(began) != turnWait {
			t.Errorf("got %d %s after %v, want 503 after %v", w.Code, w.Body, time.Since(began), turnWait)
		}
	})
	<-d.turn
	if w := put(httptest.NewRequest("PUT", Path, strings.NewReader(small))); w.Code != 200 {
		t.Errorf("afterwards: got %d %s", w.Code, w.Body)
	}
}
