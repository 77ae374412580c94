package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// maxShown is how much of a value --explain shows, in bytes.
const maxShown = 120

// printExplanation lists references, and marks those that lead nowhere.
func printExplanation(w io.Writer, e *evaluation.Explanation) {
	width := 0
	for _, r := range e.References {
		width = max(width, min(len(r.Text), 40))
	}
	for _, r := range e.References {
		value := "UNRESOLVED" + ended(r)
		if !r.Unresolved {
			value = "= " + shown(*r.Value, max(r.Bytes, len(*r.Value)))
		}
		fmt.Fprintf(w, "%4d:%-4d %-*s %s\n", r.Line, r.Column, width, r.Text, value)
	}
	if e.More > 0 {
		fmt.Fprintf(w, "… and %d more\n", e.More)
	}
	if n := len(e.References); n > 0 {
		fmt.Fprintf(w, "%d references, %d unresolved\n", n+e.More, e.Unresolved())
	}
}

// ended tells which step of a longer reference led nowhere, and where it stands.
func ended(r evaluation.Reference) string {
	if r.Step == "" || strings.HasSuffix(r.Text, r.Step) || strings.HasSuffix(r.Text, r.Step+"}") {
		return ""
	}
	return fmt.Sprintf(" from %d:%d %s on", r.StepLine, r.StepColumn, r.Step)
}

// shown quotes a value of so many bytes and cuts it short.
func shown(s string, bytes int) string {
	if len(s) <= maxShown {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:maxShown], "")) + fmt.Sprintf("… (%d bytes)", bytes)
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
