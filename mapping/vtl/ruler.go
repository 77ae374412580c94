package vtl

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// ruler tells where in a template a byte stands. Whoever is told of references asks for each
// of every rendering; counting lines and characters again each time would cost more than the
// reference.
type ruler struct {
	plain  bool  // ASCII whose lines end with \n: characters are bytes
	starts []int // of lines, in bytes
}

func newRuler(text string) *ruler {
	r := &ruler{plain: true, starts: []int{0}}
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			r.starts = append(r.starts, i+1)
		case c == '\r' || c >= 0x80:
			return &ruler{}
		}
	}
	return r
}

// at is the line and the column of a byte, as syntax.At has them.
func (t *Template) at(offset int) (line, column int) {
	r := t.ruler.Load()
	if r == nil {
		r = newRuler(t.tree.Text) // who comes at the same time makes an equal one
		t.ruler.Store(r)
	}
	if !r.plain {
		return syntax.At(t.tree.Text, offset)
	}
	line, exact := slices.BinarySearch(r.starts, offset)
	if exact {
		line++
	}
	return line, offset - r.starts[line-1] + 1
}
