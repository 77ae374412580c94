package own

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/wire"
)

// world is a management API with our own operations over a store in memory.
type world struct {
	t         *testing.T
	table     []wire.Row
	door      *wire.Server
	audited   []wire.Entry
	announced int64
	log       bytes.Buffer
}

func newWorld(t *testing.T, change ...func(*control.Config, *wire.Config)) *world {
	t.Helper()
	return worldOf(t, memory(t), change...)
}

func memory(t *testing.T) store.Store {
	t.Helper()
	db := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func worldOf(t *testing.T, s store.Store, change ...func(*control.Config, *wire.Config)) *world {
	t.Helper()
	h := &world{t: t}
	of := control.Config{Store: s, Account: "123456789012", Logger: slog.New(slog.NewTextHandler(&h.log, nil)),
		Announce: func(_ context.Context, revision int64) error { h.announced = revision; return nil }}
	at := wire.Config{Region: "us-east-1", Account: "123456789012", Logger: of.Logger,
		Audit: func(_ context.Context, e wire.Entry) { h.audited = append(h.audited, e) }}
	for _, change := range change {
		change(&of, &at)
	}
	c := control.New(of)
	h.table = append(Table(c), Evaluations(Evaluating{Rehearse: func(_ context.Context, r *evaluation.Rehearsal) *evaluation.Rehearsed {
		return &evaluation.Rehearsed{Selection: r.Answer.Body}
	}})...)
	at.Handlers, at.Own = c.Handlers(), append(at.Own, h.table...)
	h.door = wire.NewServer(at)
	return h
}

// keyed asks for a key: "" is nobody, "reader" may only read, others may do everything.
func keyed(_ *control.Config, at *wire.Config) {
	at.Authenticate = func(r *http.Request) (*wire.Claim, error) {
		key := r.Header.Get("Authorization")
		if key == "" {
			return nil, fault.New(fault.MissingAuthentication, "Missing Authentication Token")
		}
		return &wire.Claim{Identity: func([]byte) (wire.Identity, error) {
			return wire.Identity{AccessKey: key, Permit: func(r *wire.Request) error {
				if key == "reader" && r.Operation.Write() {
					return fault.New(fault.AccessDenied, "no")
				}
				return nil
			}}, nil
		}}, nil
	}
}

func (h *world) send(method, target, key, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", key)
	}
	w := httptest.NewRecorder()
	h.door.ServeHTTP(w, r)
	return w
}

// must calls and wants success.
func (h *world) must(method, target, body string) (answer map[string]any) {
	h.t.Helper()
	w := h.send(method, target, "", body)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code >= 300 {
		h.t.Fatalf("%s %s %.300s: got %d %s, want success", method, target, body, w.Code, w.Body)
	}
	return answer
}

// refused wants an exception in the form of AWS whose message begins with want.
func (h *world) refused(method, target, body string, status int, exception, want string) {
	h.t.Helper()
	h.isRefusal(h.send(method, target, "", body), status, exception, want)
}

func (h *world) isRefusal(w *httptest.ResponseRecorder, status int, exception, want string) {
	h.t.Helper()
	var answer map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer) != 1 {
		h.t.Errorf("got %s, want a message", w.Body)
	}
	header := w.Header()
	if w.Code != status || header.Get("X-Amzn-Errortype") != exception || header.Get("Content-Type") != "application/json" ||
		header.Get("X-Amzn-Requestid") == "" || !strings.HasPrefix(answer["message"], want) {
		h.t.Errorf("got %d %v %s, want %d %s %q", w.Code, header, w.Body, status, exception, want)
	}
}

// listed gives a member of each item below a path, with another.
func (h *world) listed(path, member, other string) map[string]string {
	h.t.Helper()
	found := map[string]string{}
	for _, item := range h.must("GET", path, "")["items"].([]any) {
		m := item.(map[string]any)
		found[fmt.Sprint(m[member])] = m[other].(string)
	}
	return found
}

// signed calls with the key of a reader and wants success.
func (h *world) signed(method, target string) (answer map[string]any) {
	h.t.Helper()
	w := h.send(method, target, "reader", "")
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code >= 300 {
		h.t.Fatalf("%s %s: got %d %s, want success", method, target, w.Code, w.Body)
	}
	return answer
}
