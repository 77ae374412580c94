package tree

import "strconv"

// Bounds of what is looked at of a value that is wrong: no noun has members that lie
// deeper, and who has more faults than these has one cause.
const (
	deepest  = 6
	maxWrong = 100
)

// Wrong tells of a value that try refuses which of its members and items it refuses, each
// by itself and with the way to it: decoders end at the first. try is given values of the
// form of the whole with one part alone, and answers why it cannot be read. At most so
// many are told as most says, and at least one.
func (n Node) Wrong(try func(Node) error, most int) []*Error {
	w := &wrong{try: try, most: min(most, maxWrong)}
	w.part(n, nil, 0, func(part Node) Node { return part })
	if err := try(n); err != nil && len(w.found) == 0 {
		// What is wrong is none of the parts: that there are two of one name, for one.
		w.found = []*Error{{Line: n.Line(), Column: n.Column(), Message: err.Error(), Err: err}}
	}
	return w.found
}

// wrong collects what is wrong with a value.
type wrong struct {
	try   func(Node) error
	most  int
	found []*Error
}

// part looks at a part of the value, which alone puts into the form of the whole.
func (w *wrong) part(n Node, way *Path, depth int, alone func(Node) Node) {
	// What could not be read was told where it is.
	if len(w.found) >= w.most || n.Unread() {
		return
	}
	err := w.try(alone(n))
	if err == nil {
		return
	}
	before := len(w.found)
	// What is refused while nothing is in it is at fault itself, and not what it holds.
	switch empty := (Node{}); {
	case depth >= deepest:
	case n.IsObject():
		if empty = Object(); w.try(alone(empty)) == nil {
			for name, value := range n.Members() {
				w.part(value, way.Below(name), depth+1, func(part Node) Node { return alone(Object().Set(name, part)) })
			}
		}
	case n.IsList():
		if empty = List(); w.try(alone(empty)) == nil {
			for i, item := range n.Items() {
				w.part(item, way.Below(strconv.Itoa(i)), depth+1, func(part Node) Node { return alone(List(part)) })
			}
		}
	}
	if len(w.found) == before && depth > 0 {
		w.found = append(w.found, &Error{Line: n.Line(), Column: n.Column(), Path: way.String(), Message: err.Error(), Way: way.names(), Err: err})
	}
}
