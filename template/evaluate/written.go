package evaluate

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// Written knows by which paths the values of templates were written, before a transform
// made other resources of them. What it made stands where it was written, so that the place
// of a fault tells the path that its author knows.
type Written struct {
	templates []tree.Node
	secrets   Secrets
	paths     map[spot][]*tree.Path // of values; made when it is first asked for
	keys      map[spot]*tree.Path   // of members, where their names stand
}

// spot is a place in a file.
type spot struct {
	file         string
	line, column int
}

func (w *Written) add(template tree.Node) { w.templates, w.paths = append(w.templates, template), nil }

// Place gives a fault the path and the logical id that its author wrote, and takes the values
// of NoEcho parameters out of it. A path that was written so stays as it is.
func (w *Written) Place(f source.Fault) source.Fault {
	f.Message, f.Hint = w.secrets.Conceal(f.Message), w.secrets.Conceal(f.Hint)
	if w.paths == nil {
		w.paths, w.keys = map[spot][]*tree.Path{}, map[spot]*tree.Path{}
		for _, template := range w.templates {
			w.walk(template, place{})
		}
	}
	at := spot{f.File, f.Line, f.Column}
	paths, key := w.paths[at], w.keys[at]
	if slices.ContainsFunc(paths, func(path *tree.Path) bool { return path.String() == f.Path }) {
		return f
	}
	id := source.LogicalID(key.String())
	switch {
	case len(paths) > 0 && (id == "" || source.LogicalID(paths[0].String()) != ""):
		f.Path = paths[0].String()
	case key != nil && id != f.LogicalID: // what is missing below a member is told by its own path
		f.Path = key.String()
	default:
		return f
	}
	f.LogicalID = source.LogicalID(f.Path)
	return f
}

// walk keeps the paths of all values, as evaluating tells them: functions and what is in
// them add nothing. What a transform makes of a member as a whole stands at its key.
func (w *Written) walk(n tree.Node, p place) {
	at := spot{n.File(), n.Line(), n.Column()}
	w.paths[at] = append(w.paths[at], p.path)
	if _, _, is := called(n); is {
		p = p.insideFunction()
	}
	for key := range n.Pairs() {
		if key.Text() == source.Unread {
			continue // what could not be read has the path of what it is in
		}
		w.keys[spot{key.File(), key.Line(), key.Column()}] = p.below(key.Text()).path
	}
	for key, member := range n.Members() {
		if key == source.Unread {
			continue
		}
		w.walk(member, p.below(key))
	}
	for i, item := range n.Items() {
		w.walk(item, p.below(strconv.Itoa(i)))
	}
}

// Ordered places faults, puts them into the order of their places, and leaves out those that
// are then the same: what a transform puts into several resources is wrong once.
func (w *Written) Ordered(faults []source.Fault) []source.Fault {
	var all []source.Fault
	seen := map[source.Fault]bool{}
	for _, f := range faults {
		if f = w.Place(f); !seen[f] {
			seen[f] = true
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b source.Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all
}
