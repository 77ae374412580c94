package tree

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Error says what is wrong with a document, and where.
type Error struct {
	Line    int    // 0 when the place has no line
	Column  int    // in characters, from 1; 0 when nobody said
	Path    string // as in regions.us-east-1.apis.chat
	Message string
	Hint    string   // what would be right; "" where nobody said
	Way     []string // the names of the path, where Node.Wrong tells it
	Err     error    // what it answered there
}

// Error tells all of it.
func (e *Error) Error() string {
	text := e.Message
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	if e.Line > 0 {
		text = "line " + strconv.Itoa(e.Line) + ": " + text
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Sort puts errors into the order of their places.
func Sort(all []*Error) {
	slices.SortStableFunc(all, func(a, b *Error) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
}

// A way is told from its end: not much more of it than this many bytes, and then
// that there is more.
const (
	enough = 1024
	more   = "..."
)

// within puts a name before the path of an error.
func within(name string, err error) error {
	e, ok := errors.AsType[*Error](err)
	switch {
	// What is cut already stays: the innermost names are those that lead to the place.
	case !ok || strings.HasPrefix(e.Path, more):
	case e.Path == "":
		e.Path = name
	case len(name)+len(e.Path) < enough:
		e.Path = name + "." + e.Path
	default:
		e.Path = more + "." + e.Path
	}
	return err
}

// Path is the way to a value, nil at the top; it is written out only where
// something is wrong.
type Path struct {
	above *Path
	name  string
}

// Below is the way to a member or item.
func (p *Path) Below(name string) *Path { return &Path{p, name} }

// names are those of the way, from the top.
func (p *Path) names() (names []string) {
	for ; p != nil; p = p.above {
		names = append(names, p.name)
	}
	slices.Reverse(names)
	return names
}

// String joins the names by dots.
func (p *Path) String() string {
	var names []string
	for length := 0; p != nil; p = p.above {
		// Names may be as long as a document: an error is read by people, and ends in logs.
		if length += len(p.name) + 1; length > enough {
			names = append(names, more)
			break
		}
		names = append(names, p.name)
	}
	slices.Reverse(names)
	return strings.Join(names, ".")
}
