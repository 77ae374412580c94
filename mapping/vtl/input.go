package vtl

import (
	"errors"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
)

// inputObject is $input. The payload is parsed when a template first asks for
// a part of it.
type inputObject struct {
	st     *state
	text   string
	ready  bool
	doc    *json.Doc
	params Params
	asked  bool
	sets   *dict       // what params() gave
	more   []*json.Doc // of $util.parseJson
}

// release gives the payloads back when the rendering is over.
func (in *inputObject) release() {
	if in.doc != nil {
		in.doc.Release()
	}
	for _, d := range in.more {
		d.Release()
	}
}

// body is the payload as text; an empty one is an empty object.
func (in *inputObject) body() string {
	if !in.ready {
		in.ready = true
		in.text = in.st.v.Text
		if in.st.v.Body != nil {
			in.text = string(in.st.v.Body)
		}
		if in.text == "" {
			in.text = "{}"
		}
	}
	return in.text
}

// root parses the payload. A broken one ends the rendering.
func (in *inputObject) root() (json.Node, bool) {
	if in.doc == nil {
		doc, err := in.st.parse(in.body())
		if err != nil {
			in.st.payloadFault(err)
			return json.Node{}, false
		}
		in.doc = doc
	}
	return in.doc.Root(), true
}

// payloadFault reports what json-smart says of a payload. A number that Java
// cannot read is an exception of its own, which the gateway does not expect.
func (st *state) payloadFault(err *json.SyntaxError) {
	if err.Number {
		st.throw(err.Class() + ": " + err.Text)
		return
	}
	st.fail(&PayloadError{Class: err.Class(), Message: err.Text})
}

func (in *inputObject) method(st *state, m methodID, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		switch m {
		case mGetBody:
			return stringValue(in.body()), true
		case mParams:
			return objectValue(in.groups()), true
		}
	case 1:
		if !isText(args[0]) {
			return Value{}, false
		}
		switch m {
		case mPath:
			n, ok := in.path(args[0], nil)
			if !ok {
				return Value{}, true
			}
			return st.fromNode(n), true
		case mJson:
			return in.json(args[0], nil), true
		case mParams:
			return in.param(args[0]), true
		}
	}
	return Value{}, false
}

// read is path or json with a path that was compiled before.
func (in *inputObject) read(s *callStep, p Value) Value {
	if s.id == mJson {
		return in.json(p, s.path)
	}
	n, ok := in.path(p, s.path)
	if !ok {
		return Value{}
	}
	return in.st.fromNode(n)
}

// path reads a JSON path; compiled is used when the template names the path
// literally.
func (in *inputObject) path(p Value, compiled *jsonpath.Path) (json.Node, bool) {
	st := in.st
	root, ok := in.root()
	if !ok {
		return json.Node{}, false
	}
	if p.k == kString && p.s == "$" {
		return root, true
	}
	if k := root.Kind(); k != json.Array && k != json.Object {
		return json.Node{}, false
	}
	if compiled == nil {
		if p.k == kNull {
			st.throw("java.lang.IllegalArgumentException: path can not be null or empty")
			return json.Node{}, false
		}
		var err error
		if compiled, err = jsonpath.Compile(p.s); err != nil {
			st.pathFault(err)
			return json.Node{}, false
		}
	}
	n, found, err := compiled.Eval(root)
	if err != nil {
		st.pathFault(err)
		return json.Node{}, false
	}
	return n, found
}

func (st *state) pathFault(err error) {
	if errors.Is(err, jsonpath.ErrTooMuch) {
		st.fail(&RenderError{Message: err.Error(), Err: err})
		return
	}
	st.throw("com.jayway.jsonpath.InvalidPathException: " + err.Error())
}

// missingJSON is what $input.json gives for a path that leads nowhere: two
// quotes.
// Observed: in the API Gateway console; a JSON null does the same.
const missingJSON = `""`

func (in *inputObject) json(p Value, compiled *jsonpath.Path) Value {
	n, ok := in.path(p, compiled)
	if in.st.done {
		return Value{}
	}
	if !ok || n.Kind() == json.Null || n.Kind() == json.Missing {
		return stringValue(missingJSON)
	}
	var room [512]byte
	out, err := n.Append(room[:0], json.Compact, in.st.limits().Output)
	if err != nil {
		in.st.nodeFault(err)
		return Value{}
	}
	return in.st.made(string(out))
}

func (in *inputObject) parameters() *Params {
	if !in.asked {
		in.asked = true
		if f := in.st.v.Params; f != nil {
			in.params = f()
		}
	}
	return &in.params
}

// param looks in the path, then the query string, then the headers.
func (in *inputObject) param(name Value) Value {
	if in.sets != nil {
		for _, group := range in.sets.vals {
			if m, ok := group.o.(mapping); ok {
				if v, _ := m.get(in.st, name); v.k != kNull {
					return v
				}
			}
		}
		return stringValue("")
	}
	p := in.parameters()
	for _, group := range [...][]Param{p.Path, p.Query, p.Header} {
		for i := range group {
			if name.k == kString && group[i].Name == name.s {
				return stringValue(group[i].Value)
			}
		}
	}
	return stringValue("")
}

// groups is the map of the three groups, made once.
func (in *inputObject) groups() *dict {
	if in.sets != nil {
		return in.sets
	}
	p := in.parameters()
	d := &dict{}
	for _, g := range [...]struct {
		name   string
		params []Param
	}{{"path", p.Path}, {"querystring", p.Query}, {"header", p.Header}} {
		m := &dict{}
		for _, param := range g.params {
			m.put(in.st, stringValue(param.Name), stringValue(param.Value))
		}
		d.put(in.st, stringValue(g.name), objectValue(m))
	}
	in.sets = d
	return d
}
