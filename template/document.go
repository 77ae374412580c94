package template

import (
	"bytes"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/gateway"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// document takes a document of our own as it is.
func (l *loading) document() {
	name, text := l.found.Document, l.found.Text
	complete := func(root tree.Node) []*tree.Error {
		if l.o.Complete == nil {
			return nil
		}
		return l.o.Complete(name, root)
	}
	root, wrong := document.CheckFile(text, l.o.MaxTemplate, complete)
	for _, e := range wrong {
		f := Told(name, e)
		l.withhold(&f)
		l.loaded.Faults = append(l.loaded.Faults, f)
	}
	l.loaded.Own, l.loaded.Document = root, text
	if bytes.Contains(text, []byte("${")) && len(l.loaded.Faults) == 0 {
		whole, err := root.YAML()
		if err != nil {
			l.loaded.Faults = append(l.loaded.Faults, source.Fault{File: name, Message: err.Error()})
		}
		l.loaded.Document = whole
	}
	for region, n := range root.Get("regions").Members() {
		for id, api := range n.Get("apis").Members() {
			a := gateway.Shown(api, id)
			a.Origin, a.Region = gateway.Origin{LogicalID: id, File: name, Line: api.Line()}, region
			l.loaded.APIs = append(l.loaded.APIs, a)
		}
	}
}

// Told is an error of a document of our own as a fault of a file.
func Told(file string, e *tree.Error) source.Fault {
	f := source.Fault{File: file, Line: e.Line, Column: max(e.Column, 1), Path: e.Path, Message: e.Message, Hint: e.Hint}
	// Whoever checks a document lists what may stand there; the nearest of it was meant.
	if message, names, ok := strings.Cut(e.Message, ", expected one of ["); ok {
		name := e.Path[strings.LastIndexByte(e.Path, '.')+1:]
		f.Message, f.Hint = message, source.Choose(name, strings.Fields(strings.TrimSuffix(names, "]")))
	}
	f.LogicalID = logicalID(e.Path)
	return f
}

// logicalID is what AWS calls so: here the key of an API or a function.
func logicalID(path string) string {
	switch names := strings.Split(path, "."); {
	case len(names) > 3 && names[0] == "regions" && names[2] == "apis":
		return names[3]
	case len(names) > 1 && names[0] == "functions":
		return names[1]
	}
	return ""
}
