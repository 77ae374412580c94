package sam

import (
	"cmp"
	"iter"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// spot is a value of the template with the way to it, so that whoever finds something
// wrong with it can say where that is.
type spot struct {
	tree.Node
	key  tree.Node // of the member that it is, none for an item
	path *tree.Path
	said *said
}

// said collects what is wrong, and what should be known.
type said struct {
	faults, notes []source.Fault
}

// most is how many faults and notes are told: who has more of them has one cause.
const most = 100

// get is a member; where there is none, it stands where its object does.
func (s spot) get(name string) spot {
	key, value := member(s.Node, name)
	if !key.There() {
		key = s.begin()
	}
	return spot{Node: value, key: key, path: s.path.Below(name), said: s.said}
}

// members ranges over an object.
func (s spot) members() iter.Seq2[string, spot] {
	return func(yield func(string, spot) bool) {
		for key, value := range s.Pairs() {
			if !yield(key.Text(), spot{Node: value, key: key, path: s.path.Below(key.Text()), said: s.said}) {
				return
			}
		}
	}
}

// as is another value at the same place of the template.
func (s spot) as(n tree.Node) spot {
	s.Node = n
	return s
}

// begin is where a member begins: at its key.
func (s spot) begin() tree.Node {
	if s.key.There() {
		return s.key
	}
	return s.Node
}

// fault says what is wrong with a value, and what would be right.
func (s spot) fault(message, hint string) {
	at := s.Node
	if at.Null() || at.IsObject() || at.Line() == 0 {
		at = s.begin() // what has no line of its own, or begins on the next one
	}
	s.said.fault(source.At(at, s.path.String(), message, hint))
}

// misnamed says that a member has a name that nobody knows.
func (s spot) misnamed(message string, name string, known []string) {
	if len(s.said.faults) >= most {
		return
	}
	s.said.fault(source.At(s.begin(), s.path.String(), message, source.Choose(name, known)))
}

// lost says that a member has a name that nobody knows, and that AWS leaves it out.
func (s spot) lost(what, name string, known []string) {
	message := what + " has no member " + name + ": it is left out"
	if near := source.Nearest(name, known); near != "" {
		message += " (did you mean " + near + "?)"
	}
	s.note(message)
}

// note says what should be known of a value: that it has no effect here.
func (s spot) note(message string) {
	if len(s.said.notes) < most {
		s.said.notes = append(s.said.notes, source.At(s.begin(), s.path.String(), message, ""))
	}
}

func (s *said) fault(f source.Fault) {
	if len(s.faults) < most {
		s.faults = append(s.faults, f)
	}
}

// ordered is what is said in the order of the template, each thing once: Globals are read
// for each resource.
func ordered(said []source.Fault) []source.Fault {
	slices.SortStableFunc(said, func(a, b source.Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(said, func(a, b source.Fault) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
}
