package up_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/cli/starter"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// What `dragoman init` lays is a chat that works, in each language: a page over HTTP,
// messages that reach everybody through @connections, and changes of the handler and of
// the template that are served while the sockets stay open.
func TestStarters(t *testing.T) {
	for _, row := range []struct{ runtime, program, handler, people, changed string }{
		{"node", "node", "index.mjs", "people: everybody().length", `"there":`},
		{"typescript", "node", "index.ts", "people: everybody().length", `"there":`},
		{"python", "python3", "app.py", `"people": len`, `"there":`},
		{"go", "go", "main.go", `{"people": len`, `"there":`},
	} {
		t.Run(row.runtime, func(t *testing.T) {
			t.Parallel()
			needs.Program(t, row.program)
			dir := filepath.Join(t.TempDir(), "chat-"+row.runtime)
			if _, err := starter.Write(dir, row.runtime); err != nil {
				t.Fatal(err)
			}
			p := startUp(t, dir)
			ready := p.next("ready")
			if len(ready.Apis) != 2 || len(ready.Functions) != 1 || ready.Functions[0].LogicalID != "Handler" {
				t.Fatalf("got %+v", ready)
			}
			socket := ready.Outputs["Socket"]
			if want := "ws://" + strings.TrimPrefix(ready.Data, "http://") + "/default"; socket != want {
				t.Errorf("the output is %s, want %s", socket, want)
			}
			p.get(ready.Data+"/", 200, `new WebSocket("`+socket+`")`)
			one, two := p.dial(socket), p.dial(socket)
			said := func(text string) {
				t.Helper()
				one.send(`{"action":"say","text":"`+text+`"}`, `"`+text+`"`)
				two.receive(`"` + text + `"`)
			}
			said("hello")
			p.get(ready.Data+"/people", 200, "2}")
			if e := p.until("request", func(e upEvent) bool { return e.Route == "@connections" }); e.Api != "Chat" || e.Status != 200 {
				t.Errorf("got %+v", e)
			}
			if e := p.until("request", func(e upEvent) bool { return e.Route == "say" }); e.Api != "Chat" || e.Function != "Handler" || e.Status != 200 {
				t.Errorf("got %+v", e)
			}

			// The handler is saved.
			file := filepath.Join(dir, "src", row.handler)
			edit(t, file, row.people, strings.Replace(row.people, `people`, "there", 1))
			p.get(ready.Data+"/people", 200, row.changed)
			said("after the handler")

			// The template is saved.
			edit(t, filepath.Join(dir, "template.yaml"), "Path: /people", "Path: /others")
			if e := p.next("changed"); e.Changed["route"]+e.Made["route"] == 0 {
				t.Errorf("got %+v", e)
			}
			p.get(ready.Data+"/people", 404, "Not Found")
			said("after the template")
			p.end()
		})
	}
}
