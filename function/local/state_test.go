package local

import (
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/journal"
)

// What a function has logged is kept by its invocations, and its secrets are in none of
// it, however they are written.
func TestStateAndJournal(t *testing.T) {
	dir := files(t, "-- index.js --\n"+`exports.handler = async e => {
  console.log('value ' + process.env[e.print]);
  console.log(JSON.stringify(process.env));
  if (e.fail) throw new TypeError('no ' + process.env.DB_PASSWORD);
  return e;
}`)
	g := run(t, Options{Concurrency: 3}, Function{Name: "f", LogicalID: "F", Dir: dir, Runtime: "nodejs22.x", Timeout: 20 * time.Second,
		Versions: []string{"1"}, Aliases: map[string]string{"live": "1"}, Env: map[string]string{
			"DB_PASSWORD": "hunter2 & \"more\"", "TABLE": "orders", "DATABASE": "postgres://app:s3cr3tpw@db/orders",
		}})
	if s := g.States()[0]; s.Name != "f" || s.Processes != 0 || s.Busy != 0 || s.Concurrency != 3 || s.Invocations != 0 || s.Last != nil {
		t.Errorf("before: got %+v", s)
	}
	g.ask("f", `{"print":"TABLE"}`)
	g.rest("f", 1)
	if got := g.ask("f:live", `{"print":"DB_PASSWORD","fail":true}`); !strings.HasPrefix(got, "!") {
		t.Errorf("got %s, want a failure", got)
	}
	g.rest("f", 2) // each version has a process of its own
	s := g.States()[0]
	if s.Processes != 2 || s.Idle != 2 || s.Busy != 0 || s.Invocations != 2 || s.Errors != 1 || !strings.Contains(s.Last.Payload, "TypeError") {
		t.Errorf("after: got %+v %+v", s, s.Last)
	}
	g.await("REPORT RequestId: " + s.Last.Request)
	lines := g.Journal().Lines(journal.Filter{Limit: 100, Function: "f"})
	var all strings.Builder
	for _, line := range lines {
		all.WriteString(line.Request + " " + line.Text + "\n")
	}
	text := all.String() + s.Last.Payload
	for _, want := range []string{" START RequestId: ", " END RequestId: ", " REPORT RequestId: ", "value orders", s.Last.Request + " START", `"TABLE":"orders"`, "app:"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log has no %q:\n%s", want, text)
		}
	}
	for _, secret := range []string{"hunter2", "s3cr3tpw"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %s:\n%s", secret, text)
		}
	}
	// The lines stay where a function is changed, and go with it.
	if err := g.Replace(Function{Name: "f", Dir: dir, Runtime: "nodejs22.x", Timeout: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if got := len(g.Journal().Lines(journal.Filter{Limit: 100})); got < len(lines) {
		t.Errorf("%d lines are left of %d", got, len(lines))
	}
	if err := g.Replace(); err != nil {
		t.Fatal(err)
	}
	if got := g.Journal().Lines(journal.Filter{Limit: 100}); len(got) > 0 || len(g.States()) > 0 {
		t.Errorf("got %v of what is gone", got)
	}
}
