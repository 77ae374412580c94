package source

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// The bounds of one text.
const (
	// MaxBytes is how long it may be. Documented: CloudFormation quotas, template
	// body size in an S3 object: 1 MB.
	MaxBytes = 1 << 20
	// maxValues is how many values it may hold when each alias counts what it names.
	maxValues = 300_000
	// maxFaults is how many are told: who has more of them has one cause.
	maxFaults = 100
)

// Read reads one text, which is called by the name of its file in faults. The values of
// its tree know the file, line and column that they come from; none is an alias, a merge
// or a tag. The tree is there when there are faults too, as far as it could be read, with
// Unread in the place of the rest; it is none when nothing could.
func Read(file string, text []byte) (tree.Node, []Fault) {
	if len(text) > MaxBytes {
		return tree.Node{}, []Fault{{File: file, Line: 1, Column: 1, Message: "the file is longer than " + strconv.Itoa(MaxBytes) + " bytes", Hint: "CloudFormation takes no longer templates"}}
	}
	root, broken := tree.ParseAll(text)
	r := &reader{left: maxValues, faults: Broken(file, broken)}
	if !root.There() {
		return root, r.faults
	}
	root = r.value(root.InFile(file), way{}, 0)
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return root, r.faults
}

// way is the path to a value: functions and what is in them add nothing to it.
type way struct {
	path   *tree.Path
	inside bool // a function
}

func (w way) below(name string) way {
	if w.inside {
		return w
	}
	return way{path: w.path.Below(name)}
}

func (w way) insideFunction() way {
	w.inside = true
	return w
}

// reader makes a tree of what CloudFormation means out of one of what is written.
type reader struct {
	faults []Fault
	left   int // values that may still be read
	over   bool
}

func (r *reader) fault(n tree.Node, at way, message, hint string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, At(n, at.path.String(), message, hint))
	}
}

// value reads a value with its tag.
func (r *reader) value(n tree.Node, at way, depth int) tree.Node {
	if r.left--; r.left < 0 || depth > tree.MaxDepth {
		return r.tooMuch(n, at)
	}
	if n.Unread() {
		return unread(n)
	}
	tag := n.Tag()
	if !ownTag(tag) {
		return r.untagged(n, at, depth)
	}
	name, known := longForms[tag]
	if !known {
		r.unknown(n, at)
		return r.untagged(n, at, depth)
	}
	return call(name, r.untagged(n, at.insideFunction(), depth+1), n)
}

func (r *reader) unknown(n tree.Node, at way) {
	if len(r.faults) < maxFaults { // a suggestion is not free
		r.fault(n, at, "the tag "+n.Tag()+" is none of CloudFormation's", suggestTag(n.Tag()))
	}
}

// tooMuch says once that aliases repeat too much, or nest without an end.
func (r *reader) tooMuch(n tree.Node, at way) tree.Node {
	if !r.over {
		r.fault(n, at, "the document repeats itself too often, or nests too deeply", "write out what aliases name")
	}
	r.over, r.left = true, 0
	return tree.Text("").From(n)
}

func (r *reader) untagged(n tree.Node, at way, depth int) tree.Node {
	switch {
	case n.IsObject():
		return r.object(n, at, depth)
	case n.IsList():
		list := tree.List().From(n)
		for i, item := range n.Items() {
			if r.over {
				break
			}
			list.Add(r.value(item, at.below(strconv.Itoa(i)), depth+1))
		}
		return list
	}
	return r.scalar(n, at)
}

// scalar keeps what was written. YAML has more kinds of scalars than templates: dates,
// and numbers that JSON cannot write (0123, 0x1F, 1_000, .inf), are texts to a template,
// which loses nothing, since whoever wants a number reads one from text.
func (r *reader) scalar(n tree.Node, at way) tree.Node {
	switch tag := n.Tag(); tag {
	case "!!null":
		return n.Plain()
	case "!!bool":
		if truth, err := strconv.ParseBool(strings.ToLower(n.Text())); err == nil {
			return tree.Bool(truth).From(n)
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Text())) {
			return n.Plain()
		}
	case "!!binary", "!!set", "!!omap", "!!pairs":
		// Documented: CloudFormation User Guide, CloudFormation template format, YAML.
		r.fault(n, at, "CloudFormation does not read "+tag, "write the text itself, or Fn::Base64")
	}
	return tree.Text(n.Text()).From(n)
}

// object reads members and merges: its own win over merged ones, those of an earlier
// merge over those of a later one (YAML 1.1, Merge Key Language-Independent Type).
func (r *reader) object(n tree.Node, at way, depth int) tree.Node {
	if isCall(n) {
		at = at.insideFunction()
	}
	object, lines := tree.Object().From(n), make(map[string]int, n.Len())
	var merged []tree.Node
	var gap tree.Node // members that could not be read
	for key, value := range n.Pairs() {
		name := key.Text()
		switch {
		case r.over:
			return object
		case key.Unread():
			gap = key
			continue
		case key.Tag() == "!!merge" && value.Unread():
			gap = value
			continue
		case key.Tag() == "!!merge":
			merged = append(merged, r.sources(value, at, depth)...)
			continue
		// Documented: CloudFormation User Guide, CloudFormation template format: a template
		// is JSON or YAML, and JSON has nothing but texts for keys.
		case key.IsObject() || key.IsList():
			r.fault(key, at, "a key must be a text", "put it into quotes")
			continue
		case key.Tag() == "!!null":
			name = "null"
		case name == Unread:
			r.fault(key, at, "there is no function "+name, "")
			continue
		// YAML 1.2.2, section 3.2.1.1: keys are unique. Whichever of two were taken, its
		// author may have meant the other.
		case lines[name] > 0:
			r.fault(key, at.below(name), "the key "+name+" is there twice, first on line "+strconv.Itoa(lines[name]), "rename one of the two, or remove it")
			continue
		}
		lines[name] = max(key.Line(), 1)
		object.Put(tree.Text(name).From(key), attribute(name, r.value(value, at.below(name), depth+1)))
	}
	for _, from := range merged {
		for key, value := range from.Pairs() {
			if name := key.Text(); lines[name] == 0 {
				lines[name] = max(key.Line(), 1)
				object.Put(key, value)
			}
		}
	}
	if gap.There() {
		unreadMember(object, gap)
	}
	return object
}

// sources are the objects that a merge names: one, or a list of them.
func (r *reader) sources(n tree.Node, at way, depth int) (all []tree.Node) {
	items := []tree.Node{n}
	if n.IsList() {
		items = n.Items()
	}
	for _, item := range items {
		if !item.IsObject() && !item.Unread() {
			r.fault(item, at.below("<<"), "only an object can be merged", "name one by an alias: <<: *shared")
			continue
		}
		all = append(all, r.value(item, at, depth+1))
	}
	return all
}
