package openapi

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxMissing is how many references that lead nowhere are told.
const maxMissing = 100

// follow gives what a node stands for, itself or what its $ref names within the
// document; nil when there is no such thing.
func (d *reader) follow(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n = real(n); n == nil {
			return nil
		}
		reference := text(get(n, "$ref"))
		if reference == "" {
			return n
		}
		n = d.target(reference)
	}
	return nil // it names itself
}

// target gives what a reference within the document names, or nil.
func (d *reader) target(reference string) *yaml.Node {
	rest, ok := strings.CutPrefix(reference, "#/")
	if !ok {
		return nil
	}
	n := d.root
	for part := range strings.SplitSeq(rest, "/") {
		if n = d.member(n, strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")); n == nil {
			return nil
		}
	}
	return n
}

// member is get for objects that references go through again and again.
func (d *reader) member(n *yaml.Node, name string) *yaml.Node {
	if n = real(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	index, ok := d.indexed[n]
	if !ok {
		index = make(map[string]*yaml.Node, len(n.Content)/2)
		for key, value := range members(n) {
			index[key] = value
		}
		d.indexed[n] = index
	}
	return index[name]
}

// place is where in a document something stands; it is written out only where
// something is missing.
type place struct {
	above *place
	name  string
}

func (p *place) below(name string) *place { return &place{p, name} }

func (p *place) String() string {
	var parts []string
	length := 0
	for ; p != nil && length <= maxText; p = p.above {
		parts = append(parts, p.name)
		length += len(p.name) + 1
	}
	slices.Reverse(parts)
	return strings.Join(parts, ".")
}

// references warns of references into the document that lead nowhere, in the
// operations, with the words of AWS's parser.
func (d *reader) references() {
	missing := 0
	for path, item := range members(get(d.root, "paths")) {
		for name, operation := range members(item) {
			if slices.Contains(httpMethods, name) {
				d.lookUp(operation, &place{nil, "paths.'" + path + "'(" + name + ")"}, 0, &missing)
			}
		}
	}
}

func (d *reader) lookUp(n *yaml.Node, at *place, depth int, missing *int) {
	if d.left -= priceOfNode; depth > maxDepth || d.left < 0 || *missing >= maxMissing {
		return
	}
	for name, value := range members(n) {
		switch {
		case strings.HasPrefix(name, extension):
		case name == "$ref" && strings.HasPrefix(text(value), "#/"):
			if d.target(text(value)) == nil {
				*missing++
				d.warn("Parse issue: attribute " + at.String() + "." + text(value) + " is missing")
			}
		case name == "content":
			for _, media := range members(value) {
				d.lookUp(media, at.below("content"), depth+1, missing)
			}
		case value != nil && value.Kind != yaml.ScalarNode:
			d.lookUp(value, at.below(name), depth+1, missing)
		}
	}
	for _, item := range items(n) {
		d.lookUp(item, at, depth+1, missing)
	}
}
