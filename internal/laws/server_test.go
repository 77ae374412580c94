package laws

import (
	"strings"
	"testing"
)

// How much the server may be: rooms of ours that it imports, and lines that are no
// tests. It wires and decides nothing.
const (
	mostServerImports = 20
	mostServerLines   = 900
)

func TestTheServerOnlyWires(t *testing.T) {
	imports := 0
	for _, imported := range packages(t)["server"] {
		if strings.HasPrefix(imported, module) {
			imports++
		}
	}
	lines := 0
	for _, s := range sources(t) {
		if s.room == "server" && !s.test {
			lines += s.lines
		}
	}
	if imports == 0 || lines == 0 {
		t.Fatal("there is no server, the law would hold of nothing")
	}
	if imports > mostServerImports || lines > mostServerLines {
		t.Errorf("the server imports %d rooms in %d lines, more than %d and %d: what decides has a room of its own", imports, lines, mostServerImports, mostServerLines)
	}
}
