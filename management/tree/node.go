package tree

import (
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"
)

// MaxDepth is how deep a document may nest.
// No configuration nests so deep, and every reader here calls itself once for each level.
const MaxDepth = 200

// What the parser calls the values and keys that this room asks for.
const (
	objectTag = "!!map"
	listTag   = "!!seq"
	textTag   = "!!str"
	boolTag   = "!!bool"
	intTag    = "!!int"
	floatTag  = "!!float"
	nullTag   = "!!null"
	mergeTag  = "!!merge" // of the key <<
)

// Node is a value of a document: an object, a list or a scalar. The zero Node is
// none, and whatever is asked of it is empty. An alias is the value that it names.
type Node struct {
	at       *yaml.Node // never an alias
	repeated bool
}

// follow is the node of what may be an alias. Anchors stand before values, never
// before aliases (YAML 1.2, section 7.1).
func follow(at *yaml.Node, repeated bool) Node {
	if at != nil && at.Kind == yaml.AliasNode {
		// Said of all below too: what an alias repeats is counted wherever it is met.
		return Node{at.Alias, true}
	}
	return Node{at, repeated}
}

func (n Node) is(kind yaml.Kind) bool { return n.at != nil && n.at.Kind == kind }

// There says whether it is a value, null included.
func (n Node) There() bool { return n.at != nil }

// Null says whether it is none or null, as in "stages:".
func (n Node) Null() bool { return n.at == nil || n.is(yaml.ScalarNode) && n.at.Tag == nullTag }

// IsObject says whether it has members.
func (n Node) IsObject() bool { return n.is(yaml.MappingNode) }

// IsList says whether it has items.
func (n Node) IsList() bool { return n.is(yaml.SequenceNode) }

// Repeated says whether an alias led here, or to what this is a part of.
func (n Node) Repeated() bool { return n.repeated }

// Line is where a value stands in its text, from 1; 0 when it was made otherwise.
func (n Node) Line() int {
	if n.at == nil {
		return 0
	}
	return n.at.Line
}

// Column is where in its line a value begins, in characters from 1; 0 when it was made
// otherwise.
func (n Node) Column() int {
	if n.at == nil {
		return 0
	}
	return n.at.Column
}

// Tag is what the text, or else its form, says that a value is: "!!str", "!!map", or
// "!Sub" where that was written before it.
func (n Node) Tag() string {
	if n.at == nil {
		return ""
	}
	return n.at.ShortTag()
}

// Len is how many members or items a value has.
func (n Node) Len() int {
	switch {
	case n.IsObject():
		return len(n.at.Content) / 2
	case n.IsList():
		return len(n.at.Content)
	}
	return 0
}

// Text is a scalar as it was written, and "" for null and everything else.
func (n Node) Text() string {
	if n.Null() || !n.is(yaml.ScalarNode) {
		return ""
	}
	return n.at.Value
}

// Members ranges over an object in order; over nothing for anything else. Members whose
// names could not be read are left out.
func (n Node) Members() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		if !n.IsObject() {
			return
		}
		for i := 0; i+1 < len(n.at.Content); i += 2 {
			if n.at.Content[i].Style&unread != 0 {
				continue
			}
			if !yield(n.key(i), follow(n.at.Content[i+1], n.repeated)) {
				return
			}
		}
	}
}

// Pairs is Members with keys that know their place and tag. Merges are pairs as well.
func (n Node) Pairs() iter.Seq2[Node, Node] {
	return func(yield func(Node, Node) bool) {
		if !n.IsObject() {
			return
		}
		for i := 0; i+1 < len(n.at.Content); i += 2 {
			if !yield(follow(n.at.Content[i], n.repeated), follow(n.at.Content[i+1], n.repeated)) {
				return
			}
		}
	}
}

func (n Node) key(i int) string { return follow(n.at.Content[i], false).at.Value }

// Items are those of a list; nil for anything else.
func (n Node) Items() []Node {
	if !n.IsList() {
		return nil
	}
	items := make([]Node, len(n.at.Content))
	for i, item := range n.at.Content {
		items[i] = follow(item, n.repeated)
	}
	return items
}

// Get is the value at a path of members, none when a part of it is not there. The
// last member of a name counts.
func (n Node) Get(path ...string) Node {
	for _, name := range path {
		var found Node
		for key, value := range n.Members() {
			// The last one, as most readers of JSON and YAML take it; who minds asks Unique.
			if key == name {
				found = value
			}
		}
		n = found
	}
	return n
}

// Without is an object without the members of these names; of null one without any.
func (n Node) Without(names ...string) Node {
	rest := Object().From(n).at
	for i := 0; n.IsObject() && i+1 < len(n.at.Content); i += 2 {
		if !slices.Contains(names, n.key(i)) {
			rest.Content = append(rest.Content, n.at.Content[i], n.at.Content[i+1])
		}
	}
	return Node{rest, n.repeated}
}

// Unique refuses an object that has a key twice, or one that is no text: an alias, a
// merge or an object. Its errors are of type *Error.
func (n Node) Unique() error {
	if !n.IsObject() {
		return nil
	}
	seen := make(map[string]bool, n.Len())
	for i := 0; i+1 < len(n.at.Content); i += 2 {
		key := n.at.Content[i]
		if key.Style&unread != 0 {
			continue
		}
		// A key that is an object has no name by which an error could tell its place.
		if key.Kind != yaml.ScalarNode || key.Tag == mergeTag {
			return &Error{Line: key.Line, Column: key.Column, Path: "?", Message: "a key must be a text"}
		}
		if seen[key.Value] {
			return &Error{Line: key.Line, Column: key.Column, Path: key.Value, Message: "the key is there twice"}
		}
		seen[key.Value] = true
	}
	return nil
}
