package openapi

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// maxMissing is how many references that lead nowhere are told.
const maxMissing = 100

// follow gives what a node stands for, itself or what its $ref names within the
// document; none when there is no such thing.
func (d *reader) follow(n tree.Node) tree.Node {
	for range tree.MaxDepth {
		reference := n.Get("$ref").Text()
		if reference == "" {
			return n
		}
		n = d.target(reference)
	}
	return tree.Node{} // it names itself
}

// target gives what a reference within the document names, or none.
// Documented: OpenAPI 3.0.3, Reference Object; RFC 6901 sections 3 and 4 for the
// escapes, of which ~1 is undone first so that ~01 becomes ~1.
func (d *reader) target(reference string) tree.Node {
	rest, ok := strings.CutPrefix(reference, "#/")
	if !ok {
		return tree.Node{}
	}
	n := d.root
	for part := range strings.SplitSeq(rest, "/") {
		if n = d.member(n, unescaped(part)); !n.There() {
			break
		}
	}
	return n
}

// unescaped is a name as a reference has it.
func unescaped(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}

// Pointer is the way that a reference within the document names, nil for any other.
func Pointer(reference string) (way []string) {
	rest, ok := strings.CutPrefix(reference, "#/")
	if !ok {
		return nil
	}
	for part := range strings.SplitSeq(rest, "/") {
		way = append(way, unescaped(part))
	}
	return way
}

// member is Node.Get for objects that references go through again and again.
func (d *reader) member(n tree.Node, name string) tree.Node {
	if !n.IsObject() {
		return tree.Node{}
	}
	index, ok := d.indexed[n]
	if !ok {
		index = make(map[string]tree.Node, n.Len())
		for key, value := range n.Members() {
			index[key] = value
		}
		d.indexed[n] = index
	}
	return index[name]
}

// references warns of references into the document that lead nowhere, in the
// operations, with the words of AWS's parser.
func (d *reader) references() {
	missing := 0
	var top *tree.Path
	for path, item := range d.root.Get("paths").Members() {
		for name, operation := range item.Members() {
			if slices.Contains(httpMethods, name) {
				d.lookUp(operation, top.Below("paths.'"+path+"'("+name+")"), 0, &missing)
			}
		}
	}
}

func (d *reader) lookUp(n tree.Node, at *tree.Path, depth int, missing *int) {
	if d.left -= priceOfNode; depth > tree.MaxDepth || d.left < 0 || *missing >= maxMissing {
		return
	}
	for name, value := range n.Members() {
		switch {
		case strings.HasPrefix(name, extension):
		case name == "$ref" && strings.HasPrefix(value.Text(), "#/"):
			if !d.target(value.Text()).There() {
				*missing++
				d.warn("Parse issue: attribute " + at.String() + "." + value.Text() + " is missing")
			}
		case name == "content":
			for _, media := range value.Members() {
				d.lookUp(media, at.Below("content"), depth+1, missing)
			}
		case value.Len() > 0:
			d.lookUp(value, at.Below(name), depth+1, missing)
		}
	}
	for _, item := range n.Items() {
		d.lookUp(item, at, depth+1, missing)
	}
}
