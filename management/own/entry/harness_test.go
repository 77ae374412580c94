package entry

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/wire"
)

// world is a management API with some rows of this room. Whoever sends an Authorization is
// limited to the API that it names.
type world struct {
	t       *testing.T
	door    *wire.Server
	audited []wire.Entry
	log     bytes.Buffer
}

func newWorld(t *testing.T, rows func(*control.Control) []wire.Row) *world {
	t.Helper()
	db := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = db.Close() })
	w := &world{t: t}
	logger := slog.New(slog.NewTextHandler(&w.log, nil))
	c := control.New(control.Config{Store: db, Account: "123456789012", Logger: logger, Announce: func(context.Context, int64) error { return nil }})
	w.door = wire.NewServer(wire.Config{
		Region: "us-east-1", Account: "123456789012", Logger: logger, Handlers: c.Handlers(), Own: rows(c),
		Audit: func(_ context.Context, e wire.Entry) { w.audited = append(w.audited, e) },
		Authenticate: func(r *http.Request) (*wire.Claim, error) {
			key := r.Header.Get("Authorization")
			return &wire.Claim{Identity: func([]byte) (wire.Identity, error) {
				i := wire.Identity{AccessKey: key}
				if key != "" {
					i.Reaches = func(api string) bool { return api == key }
				}
				return i, nil
			}}, nil
		},
	})
	return w
}

// ask calls as whoever reaches an API, "" for all.
func (w *world) ask(reaches, method, target, body string) (status int, answer map[string]any) {
	w.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if reaches != "" {
		r.Header.Set("Authorization", reaches)
	}
	got := httptest.NewRecorder()
	w.door.ServeHTTP(got, r)
	if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
		w.t.Fatalf("%s %s: got %d %s", method, target, got.Code, got.Body)
	}
	return got.Code, answer
}

// must wants success.
func (w *world) must(method, target, body string) map[string]any {
	w.t.Helper()
	status, answer := w.ask("", method, target, body)
	if status >= 300 {
		w.t.Fatalf("%s %s %s: got %d %v", method, target, body, status, answer)
	}
	return answer
}

// refused wants a status, and a message that begins so.
func (w *world) refused(method, target, body string, status int, message string) {
	w.t.Helper()
	got, answer := w.ask("", method, target, body)
	if said, _ := answer["message"].(string); got != status || !strings.HasPrefix(said, message) {
		w.t.Errorf("%s %s %s: got %d %v, want %d %q", method, target, body, got, answer, status, message)
	}
}
