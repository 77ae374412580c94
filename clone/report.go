package clone

import (
	"fmt"
	"slices"
)

// Line is one thing that a report tells.
type Line struct {
	What string // "API chat (a1b2c3d4e5), stage prod"
	Why  string
}

// String is the line as people read it.
func (l Line) String() string { return l.What + ": " + l.Why }

// Report is what a copy lacks and where it differs. Lines stand once, in an order that
// two runs share.
type Report struct {
	Unread []Line // what the server did not give: the copy is incomplete
	Left   []Line // what no copy can have, or this document has no place for
	Notes  []Line // what is there and differs

	refused []refused
}

// refused are calls of one operation for one owner: an operation that is denied is
// denied for each of a hundred routes.
type refused struct {
	owner, operation, first string
	times                   int
}

// unread notes what the server refused.
func (r *Report) unread(owner, operation, why string) {
	at := slices.IndexFunc(r.refused, func(c refused) bool { return c.owner == owner && c.operation == operation })
	if at < 0 {
		at = len(r.refused)
		r.refused = append(r.refused, refused{owner: owner, operation: operation, first: why})
	}
	r.refused[at].times++
}

func (r *Report) left(what, format string, args ...any) {
	r.Left = append(r.Left, Line{what, fmt.Sprintf(format, args...)})
}

func (r *Report) note(what, format string, args ...any) {
	r.Notes = append(r.Notes, Line{what, fmt.Sprintf(format, args...)})
}

// settle makes lines of what was refused, and leaves each line once.
func (r *Report) settle() {
	for _, c := range r.refused {
		if c.times > 1 {
			c.first += fmt.Sprintf(" (and %d more)", c.times-1)
		}
		r.Unread = append(r.Unread, Line{c.owner, c.first})
	}
	r.refused = nil
	for _, lines := range []*[]Line{&r.Unread, &r.Left, &r.Notes} {
		seen := map[Line]bool{}
		*lines = slices.DeleteFunc(*lines, func(l Line) bool {
			twice := seen[l]
			seen[l] = true
			return twice
		})
	}
}
