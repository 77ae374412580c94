package vtl

import (
	"errors"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
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
	sets   *dict         // params(), once it was changed or walked over
	groups paramGroups   // params() until then
	parts  [3]paramGroup // and what is in it
	mark   uint32
}

// reset gives the payloads back when the rendering is over.
func (in *inputObject) reset() {
	if in.doc != nil {
		in.doc.Release()
	}
	*in = inputObject{st: in.st}
}

// body is the payload as text; an empty one is an empty object.
func (in *inputObject) body() string {
	if !in.ready {
		in.ready = true
		in.text = in.st.v.Text
		if in.st.v.Body != nil {
			n := len(in.st.v.Body)
			in.st.payload += n
			if !in.st.keepHolding(n) {
				return ""
			}
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
		if in.doc = in.st.payloadDoc(in.body()); in.doc == nil {
			return json.Node{}, false
		}
	}
	return in.doc.Root(), true
}

// maxPayload is how many keys and values a payload may have.
const maxPayload = 4 << 20

// payloadDoc reads the payload, which the template did not make: what it takes is
// not held against it, but others share the memory. It is nil if that fails.
func (st *state) payloadDoc(text string) *json.Doc {
	if !st.spend(len(text) >> 3) {
		return nil
	}
	doc, err := json.ParseWithin(text, maxPayload)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		st.payloadFault(syntax)
		return nil
	case err != nil:
		st.failWith(ErrMemory)
		return nil
	}
	if !st.spend(2 * doc.Tokens()) {
		doc.Release()
		return nil
	}
	n := doc.Size()
	st.payload += n
	if !st.keepHolding(n) {
		doc.Release()
		return nil
	}
	return doc
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
			return objectValue(in.allParams()), true
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
func (in *inputObject) read(s *syntax.Call, p Value) Value {
	path := s.Bound.(*jsonpath.Path)
	if methodID(s.ID) == mJson {
		return in.json(p, path)
	}
	n, ok := in.path(p, path)
	if !ok {
		return Value{}
	}
	return in.st.fromNode(n)
}

// pathWork is the work of a step of a JSON path.
const pathWork = 5

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
		if len(p.s) <= jsonpath.MaxLength && !st.spend(sourceWork*len(p.s)) {
			return json.Node{}, false
		}
		var err error
		if compiled, err = jsonpath.Compile(p.s); err != nil {
			st.pathFault(err)
			return json.Node{}, false
		}
	}
	var n json.Node
	found, tokens := false, in.doc.Tokens()
	err := st.within(func(work *int) (err error) {
		n, found, err = compiled.EvalWithin(root, work)
		return err
	}, pathWork, jsonpath.ErrTooMuch)
	if st.done {
		return json.Node{}, false
	}
	if found && n.Doc() != in.doc {
		st.charge(n.Doc().Size())
	}
	if made := in.doc.Tokens() - tokens; made > 0 {
		st.keepHolding(made * (json.TokenSize + nodeSize))
	}
	if err != nil {
		st.pathFault(err)
		return json.Node{}, false
	}
	return n, found
}

func (st *state) pathFault(err error) {
	if errors.Is(err, jsonpath.ErrTooMuch) {
		st.failWith(ErrWork)
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
	return in.st.jsonText(n, json.Compact)
}

// jsonText writes a payload value as a text of its own.
func (st *state) jsonText(n json.Node, style json.Style) Value {
	scratch := st.scratch
	st.scratch = nil // a block within the value may come here again
	outer := st.aside()
	out, err := st.appendJSONNode(scratch[:0], n, style)
	if err == nil {
		st.fits(out)
	}
	st.printed(outer)
	if cap(out) <= maxKeptOutput {
		st.scratch = out[:0]
	}
	switch {
	case st.failed():
		return Value{}
	case err != nil:
		st.nodeFault(err)
		return Value{}
	case !st.reserve(len(out)):
		return Value{}
	}
	return st.made(string(out))
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
	in.allParams()
	for i := range in.parts {
		if v, _ := in.parts[i].get(in.st, name); v.k != kNull {
			return v
		}
	}
	return stringValue("")
}

// allParams is what params() gives: a map of three maps. They read the
// parameters where they are until a template walks over or changes them.
func (in *inputObject) allParams() *paramGroups {
	if in.groups.in == nil {
		p := in.parameters()
		in.groups.in = in
		in.parts = [3]paramGroup{{st: in.st, params: p.Path}, {st: in.st, params: p.Query}, {st: in.st, params: p.Header}}
	}
	return &in.groups
}

var groupNames = [3]string{"path", "querystring", "header"}

// paramGroups is the outer map of $input.params().
type paramGroups struct{ in *inputObject }

var _ mapping = (*paramGroups)(nil)

func (g *paramGroups) get(st *state, key Value) (Value, bool) {
	if g.in.sets != nil {
		return g.in.sets.get(st, key)
	}
	for i, name := range groupNames {
		if key.k == kString && key.s == name {
			return objectValue(&g.in.parts[i]), true
		}
	}
	return Value{}, false
}

func (g *paramGroups) whole() *dict {
	if g.in.sets == nil {
		g.in.sets = &dict{}
		for i, name := range groupNames {
			g.in.sets.put(g.in.st, stringValue(name), objectValue(&g.in.parts[i]))
		}
	}
	return g.in.sets
}

func (g *paramGroups) put(st *state, key, v Value) Value { return g.whole().put(st, key, v) }
func (g *paramGroups) del(st *state, key Value) Value    { return g.whole().del(st, key) }
func (g *paramGroups) size() int                         { return g.whole().size() }
func (g *paramGroups) clear()                            { g.whole().clear() }
func (g *paramGroups) version() int                      { return g.whole().version() }

// paramGroup is one of the inner maps.
type paramGroup struct {
	st     *state
	params []Param
	d      *dict
	mark   uint32
}

var _ mapping = (*paramGroup)(nil)

func (g *paramGroup) get(st *state, key Value) (Value, bool) {
	if g.d != nil {
		return g.d.get(st, key)
	}
	for i := len(g.params) - 1; i >= 0; i-- { // of two with one name the last counts
		if key.k == kString && g.params[i].Name == key.s {
			return stringValue(g.params[i].Value), true
		}
	}
	return Value{}, false
}

func (g *paramGroup) whole() *dict {
	if g.d == nil {
		g.d = &dict{}
		for _, p := range g.params {
			g.d.put(g.st, stringValue(p.Name), stringValue(p.Value))
		}
	}
	return g.d
}

func (g *paramGroup) put(st *state, key, v Value) Value { return g.whole().put(st, key, v) }
func (g *paramGroup) del(st *state, key Value) Value    { return g.whole().del(st, key) }
func (g *paramGroup) size() int                         { return g.whole().size() }
func (g *paramGroup) clear()                            { g.whole().clear() }
func (g *paramGroup) version() int                      { return g.whole().version() }
