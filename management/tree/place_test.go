package tree

import "testing"

// Values know their file, line and column wherever they are put, and are written as if they
// did not.
func TestPlaces(t *testing.T) {
	for name, text := range map[string]string{"yaml": "a: &x [1, é]\nb: {c: *x, d: !Sub z}\n", "json": "{\"a\": [1, \"é\"],\n\"b\": {\"c\":[1,\"é\"], \"d\" : \"z\"}}"} {
		plain, err := parsed(t, text).JSON(all)
		if err != nil {
			t.Fatal(err)
		}
		n := parsed(t, text).InFile(name)
		moved := Object().Set("moved", n.Get("b", "d"))
		made := Text("made").From(n.Get("b"))
		for what, at := range map[string]struct {
			Node
			line, column int
		}{
			"root": {n, 1, 1}, "item": {n.Get("a").Items()[1], 1, map[string]int{"yaml": 11, "json": 11}[name]}, "moved": {moved.Get("moved"), 2, map[string]int{"yaml": 15, "json": 26}[name]},
			"made": {made, 2, map[string]int{"yaml": 4, "json": 6}[name]}, "rest": {n.Get("b").Without("c"), 2, map[string]int{"yaml": 4, "json": 6}[name]},
		} {
			if at.File() != name || at.Line() != at.line || at.Column() != at.column {
				t.Errorf("%s: %s is at %s:%d:%d, want %d:%d", name, what, at.File(), at.Line(), at.Column(), at.line, at.column)
			}
		}
		if got, err := n.JSON(all); err != nil || string(got) != string(plain) {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, plain)
		}
		before, _ := parsed(t, text).YAML()
		if after, err := n.YAML(); err != nil || string(after) != string(before) {
			t.Errorf("%s: got %s (%v), want %s", name, after, err, before)
		}
	}
	if n := Text("x"); n.File() != "" || n.Line() != 0 || n.Column() != 0 || (Node{}).File() != "" || (Node{}).Column() != 0 || (Node{}).Tag() != "" {
		t.Error("a value that was made has a place")
	}
}
