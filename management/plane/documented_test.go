package plane

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/management/own/right"
	"github.com/dragoman-gateway/dragoman/management/own/traces"
	"github.com/dragoman-gateway/dragoman/measure"
	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/verdict"
	"github.com/dragoman-gateway/dragoman/wire"
)

// tapped is a Tap, and Replays, of which nothing is asked here but that it is there.
type tapped struct {
	traces.Tap
	traces.Replays
}

// whole gives a plane everything that any of our operations needs.
func whole(o *Options) {
	o.Callers.Verifier = &sigv4.Verifier{Keys: credential.Of(credential.Key{ID: "AKIDEXAMPLE", Secret: "secret"})}
	o.Traces, o.Replays = &tapped{}, &tapped{}
	o.Nodes = func(context.Context) []roster.Node { return nil }
	o.Evaluate.Rehearse = func(context.Context, *evaluation.Rehearsal) *evaluation.Rehearsed { return nil }
	o.Served = func(context.Context, measure.Filter) (measure.Served, []string, error) {
		return measure.Served{}, nil, nil
	}
	o.Try = func(context.Context, *verdict.Sample) (verdict.Verdict, error) { return verdict.Verdict{}, nil }
	o.Made = func(context.Context, int, []string, func(string) bool) ([]verdict.Decision, []string, error) {
		return nil, nil, nil
	}
	o.Uses = func(string, string) verdict.Used { return verdict.Used{} }
	o.Find = func(verdict.Asked) verdict.Place { return verdict.Place{} }
}

// Every operation of our own stands in the table of rights, as it is, and nothing else does: what
// conformance tries with each kind of key is all that there is.
func TestOwnOperationsHaveRights(t *testing.T) {
	entered := map[string]right.Row{}
	for _, row := range right.Table() {
		if _, twice := entered[row.Name]; twice || !right.Ours(row.Path) {
			t.Errorf("%s stands in the table twice, or its path %s is AWS's", row.Name, row.Path)
		}
		entered[row.Name] = row
	}
	for _, o := range wire.Operations() {
		if _, ours := entered[o.Name]; ours || right.Ours(o.Path) {
			t.Errorf("%s %s is AWS's", o.Name, o.Path)
		}
	}
	for _, row := range serve(t, whole).own() {
		r, ok := entered[row.Name]
		if !ok {
			t.Errorf("%s %s %s has no row in management/own/right/table.go: say what right it needs, and whose things it reads or changes", row.Name, row.Method, row.Path)
			continue
		}
		delete(entered, row.Name)
		if r.Method != row.Method || r.Path != row.Path {
			t.Errorf("%s is %s %s, and its row says %s %s", row.Name, row.Method, row.Path, r.Method, r.Path)
		}
		// A code is written to the audit, and is any key's all the same.
		if writes := r.Need == right.Deploys || r.Need == right.Full; writes != row.Write() && row.Name != "CreateConsoleCode" {
			t.Errorf("%s needs %q, and is audited as a write: %v", row.Name, r.Need, row.Write())
		}
	}
	for name := range entered {
		t.Errorf("%s stands in the table, and there is no such operation", name)
	}
}

// Every operation of our own is documented with its path and all of its members.
func TestOwnOperationsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/own-operations.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, row := range serve(t, whole).own() {
		if !strings.HasPrefix(row.Path, "/_dragoman/") || strings.HasPrefix(row.Path, own.EvaluatePath) {
			continue // Lambda's own, and those that have a page of their own
		}
		rows++
		if !strings.Contains(string(text), row.Method+" "+row.Path) {
			t.Errorf("%s %s is not in docs/own-operations.md", row.Method, row.Path)
		}
		for _, m := range row.Input {
			if !m.Payload && !strings.Contains(string(text), m.Wire) {
				t.Errorf("%s %s: the member %s is not in docs/own-operations.md", row.Method, row.Path, m.Wire)
			}
		}
	}
	if rows < 35 {
		t.Errorf("only %d operations were looked at", rows)
	}
}
