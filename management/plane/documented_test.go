package plane

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/management/own/traces"
	"github.com/dragoman-gateway/dragoman/measure"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// tapped is a Tap, and Replays, of which nothing is asked here but that it is there.
type tapped struct {
	traces.Tap
	traces.Replays
}

// Every operation of our own is documented with its path and all of its members.
func TestOwnOperationsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/own-operations.md")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, func(o *Options) {
		o.Traces, o.Replays = &tapped{}, &tapped{}
		o.Meter.Hour = new(measure.Hour)
		o.Try = func(context.Context, *verdict.Sample) (verdict.Verdict, error) { return verdict.Verdict{}, nil }
		o.Made = func(int, func(string) bool) []verdict.Decision { return nil }
		o.Uses = func(string, string) verdict.Used { return verdict.Used{} }
		o.Find = func(verdict.Asked) verdict.Place { return verdict.Place{} }
	})
	rows := 0
	for _, row := range s.own() {
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
