package template

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/gateway"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// document takes a document of our own as it is.
func (l *loading) document() {
	name, text := l.found.Document, l.found.Text
	root, err := tree.Parse(text)
	for _, e := range document.CheckFile(text, l.o.MaxTemplate, nil) {
		f := source.Fault{File: name, Line: e.Line, Column: 1, Path: e.Path, Message: e.Message}
		// The checker tells lines alone. Where the path leads to the same line, the value
		// there has the column.
		if n := at(root, e.Path); n.Line() == e.Line {
			f.Column = max(n.Column(), 1)
		}
		l.loaded.Faults = append(l.loaded.Faults, f)
	}
	l.loaded.Document = text
	if err != nil && len(l.loaded.Faults) == 0 {
		l.loaded.Faults = []source.Fault{{File: name, Message: fault.Plain(err)}}
	}
	for i := range l.loaded.Faults {
		l.withhold(&l.loaded.Faults[i])
	}
	if err != nil {
		return
	}
	for region, n := range root.Get("regions").Members() {
		for id, api := range n.Get("apis").Members() {
			a := gateway.Shown(api, id)
			a.Origin, a.Region = gateway.Origin{LogicalID: id, File: name, Line: api.Line()}, region
			l.loaded.APIs = append(l.loaded.APIs, a)
		}
	}
}

// at is the value that a path leads to; names may have dots, as those of domains have.
func at(n tree.Node, path string) tree.Node {
	for path != "" {
		below, rest := tree.Node{}, ""
		for name, value := range n.Members() {
			if after, ok := strings.CutPrefix(path, name); ok && (after == "" || after[0] == '.') {
				below, rest = value, strings.TrimPrefix(after, ".")
			}
		}
		if !below.There() {
			return n
		}
		n, path = below, rest
	}
	return n
}
