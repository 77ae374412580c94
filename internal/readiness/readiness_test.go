package readiness

import (
	"fmt"
	"strings"
	"testing"
)

func TestTroublesAreLines(t *testing.T) {
	for _, row := range []struct {
		name   string
		report func(r *Readiness)
		want   string
		ready  bool
	}{
		{"none", func(r *Readiness) { r.Clear(Store, "commit") }, "", true},
		{"a commit", func(r *Readiness) { r.Report(Store, "commit", "full") }, "store: full", false},
		{"a stage", func(r *Readiness) { r.Report(Stage, "a/prod", "a/prod: no template") }, "stage: a/prod: no template", true},
		{"draining", func(r *Readiness) { r.Report(Drain, "", "") }, "draining", false},
		{"a text of two lines", func(r *Readiness) { r.Report(Store, "", "one\r\nok\n") }, "store: one ok", false},
		{"said again", func(r *Readiness) { r.Report(Store, "x", "one"); r.Report(Store, "x", "two") }, "store: two", false},
		{"taken back", func(r *Readiness) { r.Report(Store, "x", "one"); r.Clear(Store, "x") }, "", true},
		{"in order", func(r *Readiness) {
			r.Report(Store, "b", "two")
			r.Report(Stage, "s", "three")
			r.Report(Store, "a", "one")
			r.Report(Drain, "", "")
		}, "draining|stage: three|store: one|store: two", false},
		{"several at once", func(r *Readiness) { r.Are(Flags, []string{"b", "a"}) }, "flags: b|flags: a", true},
		{"others in their place", func(r *Readiness) { r.Are(Flags, []string{"b", "a"}); r.Are(Flags, []string{"c"}) }, "flags: c", true},
		{"none any more", func(r *Readiness) { r.Are(Flags, []string{"b"}); r.Are(Flags, nil) }, "", true},
		{"long", func(r *Readiness) { r.Report(Stage, "", strings.Repeat("é", 400)) }, "stage: " + strings.Repeat("é", 250) + "…", true},
	} {
		var r Readiness
		row.report(&r)
		lines, ready := r.lines()
		if got := strings.Join(lines, "|"); got != row.want || ready != row.ready {
			t.Errorf("%s: got %q, ready %v, want %q, %v", row.name, got, ready, row.want, row.ready)
		}
	}
	var r Readiness
	for i := range 1000 {
		r.Report(Stage, fmt.Sprint(i), "broken")
	}
	lines, _ := r.lines()
	if want := "stage: and 900 more"; len(lines) != 101 || lines[100] != want {
		t.Errorf("a thousand stages: %d lines, the last %q, want 101 and %q", len(lines), lines[len(lines)-1], want)
	}
}
