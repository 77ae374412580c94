package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// maxExplained bounds the list of --explain; a loop adds a line each round.
const maxExplained = 10_000

// maxShown is how much of a value --explain shows, in bytes.
const maxShown = 120

// explanation collects what a rendering tells of its references.
type explanation struct {
	seen []vtl.Reference
	more int
}

func (e *explanation) add(r vtl.Reference) {
	if len(e.seen) == maxExplained {
		e.more++
		return
	}
	e.seen = append(e.seen, r)
}

func (e *explanation) print(w io.Writer) {
	missing, width := 0, 0
	for _, r := range e.seen {
		width = max(width, min(len(r.Text), 40))
	}
	for _, r := range e.seen {
		value := "= " + shown(r.Value)
		if !r.Resolved {
			missing++
			value = "UNRESOLVED" + ended(r)
		}
		fmt.Fprintf(w, "%4d:%-4d %-*s %s\n", r.Line, r.Column, width, r.Text, value)
	}
	if e.more > 0 {
		fmt.Fprintf(w, "… and %d more\n", e.more)
	}
	if len(e.seen) > 0 {
		fmt.Fprintf(w, "%d references, %d unresolved\n", len(e.seen)+e.more, missing)
	}
}

// ended tells which step of a longer reference led nowhere, and where it stands.
func ended(r vtl.Reference) string {
	if r.Step == "" || strings.HasSuffix(r.Text, r.Step) || strings.HasSuffix(r.Text, r.Step+"}") {
		return ""
	}
	return fmt.Sprintf(" from %d:%d %s on", r.StepLine, r.StepColumn, r.Step)
}

// shown quotes a value and cuts it short.
func shown(s string) string {
	if len(s) <= maxShown {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:maxShown], "")) + fmt.Sprintf("… (%d bytes)", len(s))
}

// printOverrides tells what the template asked to change in the request or the
// response.
func printOverrides(w io.Writer, vars *vtl.Vars) {
	for _, g := range []struct {
		name   string
		values map[string]any
	}{{"requestOverride", vars.RequestOverride()}, {"responseOverride", vars.ResponseOverride()}} {
		for _, key := range slices.Sorted(maps.Keys(g.values)) {
			fmt.Fprintf(w, "%s.%s = %v\n", g.name, key, g.values[key])
		}
	}
}
