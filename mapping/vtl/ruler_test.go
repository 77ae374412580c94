package vtl

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// Where a reference stands is told as a template's faults are, whatever its lines end with and
// its characters are.
func TestWhereAReferenceStands(t *testing.T) {
	for _, text := range []string{"", "$a", "\n", "\n\n$a\n", "one\ntwo $b\n\nthree", "one\r\ntwo\rthree", "\u00e4\n\u20ac$c", "a\x00b\n\x7f"} {
		template, err := Parse("")
		if err != nil {
			t.Fatal(err)
		}
		template.tree.Text = text
		for offset := range len(text) + 1 {
			line, column := template.at(offset)
			if wantLine, wantColumn := syntax.At(text, offset); line != wantLine || column != wantColumn {
				t.Errorf("%q, byte %d: got %d:%d, want %d:%d", text, offset, line, column, wantLine, wantColumn)
			}
		}
	}
}
