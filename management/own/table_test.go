package own

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/wire"
)

// TestEveryRow: each operation passes what AWS's operations pass.
func TestEveryRow(t *testing.T) {
	for _, row := range newWorld(t).table {
		t.Run(row.Name, func(t *testing.T) {
			h := newWorld(t, keyed)
			at := strings.NewReplacer("{", "", "}", "").Replace(row.Path)

			h.isRefusal(h.send(row.Method, at, "", "{}"), 403, "MissingAuthenticationTokenException", "Missing")
			h.isRefusal(h.send("DELETE", at, "all", "{}"), 405, "MethodNotAllowedException", "The method DELETE")
			h.isRefusal(h.send(row.Method, at+"/nothing/there", "all", "{}"), 404, "UnknownOperationException", "Unable to determine")
			if w := h.send(row.Method, at, "reader", "{}"); (w.Code == 403) != row.Write() {
				t.Errorf("a key that may only read: got %d %s", w.Code, w.Body)
			}

			long := httptest.NewRequest(row.Method, at, strings.NewReader(""))
			long.Header.Set("Authorization", "all")
			long.ContentLength = 1 << 40
			w := httptest.NewRecorder()
			h.door.ServeHTTP(w, long)
			if (w.Code != 413 && w.Code != 400) || !strings.Contains(w.Body.String(), "Request size exceeded ") || w.Header().Get("Connection") != "close" {
				t.Errorf("a body without end: got %d %v %s", w.Code, w.Header(), w.Body)
			}

			want := 0
			if row.Write() {
				want = 3 // the unsigned, the reader's and the long one
			}
			if len(h.audited) != want {
				t.Errorf("got audit %+v, want %d entries", h.audited, want)
			}
			for _, e := range h.audited {
				if e.Operation != row.Name || e.Exception == "" || e.RequestID == "" || e.Resource != at {
					t.Errorf("got audit %+v", e)
				}
			}
		})
	}
}

// A row that panics ends its own call alone, as AWS says it.
func TestRowsThatPanic(t *testing.T) {
	table := newWorld(t).table
	for i := range table {
		table[i].Handle = func(context.Context, *wire.Request) (any, error) { panic("own") }
	}
	h := &world{t: t, door: wire.NewServer(wire.Config{Own: table, Reports: tasks.NewReporter(slog.New(slog.DiscardHandler))})}
	for _, row := range table {
		h.refused(row.Method, strings.NewReplacer("{", "", "}", "").Replace(row.Path), body("x"), 500, "InternalServerErrorException", "Internal Server Error")
	}
}

// Names and paths are nobody else's.
func TestRowsAreOfTheirOwn(t *testing.T) {
	names, places := map[string]bool{}, map[string]bool{}
	for _, o := range wire.Operations() {
		names[o.Name], places[o.Method+" "+o.Path] = true, true
	}
	for _, row := range newWorld(t).table {
		if place := row.Method + " " + row.Path; names[row.Name] || places[place] || !strings.HasPrefix(row.Path, "/_dragoman/") || row.Handle == nil {
			t.Errorf("%s %s is another's, or nobody answers it", row.Name, place)
		}
		names[row.Name], places[row.Method+" "+row.Path] = true, true
	}
}
