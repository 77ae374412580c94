package input

import (
	"errors"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// Input is $input. The payload is parsed when a template first asks for
// a part of it.
type Input struct {
	vm      *java.VM
	source  source
	text    string
	ready   bool
	doc     *json.Doc // once it was parsed
	own     *json.Doc // which it is read into; each rendering uses it again
	params  Params
	asked   bool
	sets    *java.Dict    // params(), once it was changed or walked over
	groups  paramGroups   // params() until then
	parts   [3]paramGroup // and what is in it
	counted uint32
	steps   int // that a path may take and has not; here, for a variable would be an allocation
}

// Start makes ready for a rendering.
func (in *Input) Start(vm *java.VM, body []byte, text string, params func() Params) {
	in.vm, in.source = vm, source{body, text, params}
}

// Reset gives the payloads back when the rendering is over.
func (in *Input) Reset() {
	if in.doc != nil {
		in.doc.Clear()
	}
	if in.asked || in.groups.in != nil || in.sets != nil {
		*in = Input{own: in.own}
		return
	}
	in.vm, in.source, in.text, in.ready, in.doc, in.counted = nil, source{}, "", false, nil, 0
}

// body is the payload as text; an empty one is an empty object.
//
// Observed: $input.body of a request without a payload is {}.
func (in *Input) body() string {
	if !in.ready {
		in.ready = true
		in.text = in.source.text
		if in.source.body != nil {
			if !in.vm.Accept(len(in.source.body)) {
				return ""
			}
			in.text = view(in.source.body)
		}
		if in.text == "" {
			in.text = "{}"
		}
	}
	return in.text
}

// view is bytes as a text, which lasts as long as nobody changes them: the caller keeps
// the payload as it is until the rendering is over, and what outlives that is copied. A
// copy of each payload would be most of the memory that a rendering needs.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// root parses the payload. A broken one ends the rendering.
//
// Observed: only $input.path and $input.json parse it, so a template that uses neither
// takes any payload.
func (in *Input) root() (json.Node, bool) {
	if in.doc == nil {
		if !in.read() {
			return json.Node{}, false
		}
		in.vm.Payload = in.doc
	}
	return in.doc.Root(), true
}

// maxPayload is how many keys and values a payload may have. Its bytes are bounded by
// whoever read it; a tree of it takes some more for each of them.
const maxPayload = 4 << 20

// read reads the payload, which the template did not make: what it takes is
// not held against it, but others share the memory. It is false if that fails.
func (in *Input) read() bool {
	vm, text := in.vm, in.body()
	if !vm.Spend(len(text) >> 3) {
		return false
	}
	if in.own == nil {
		in.own = new(json.Doc)
	}
	doc := in.own
	if err := doc.ReadWithin(text, maxPayload); err != nil {
		payloadFault(vm, err)
		return false
	}
	if !vm.Spend(2*doc.Tokens()) || !vm.Accept(doc.Size()) {
		doc.Clear()
		return false
	}
	in.doc = doc
	return true
}

// payloadFault reports what json-smart says of a payload, or that it is too large. A
// number that Java cannot read is an exception of its own, which the gateway does not
// expect.
func payloadFault(vm *java.VM, err error) {
	var syntax *json.SyntaxError
	switch {
	case !errors.As(err, &syntax):
		vm.Fail(java.ErrMemory)
	case syntax.Number:
		vm.Throw(syntax.Class() + ": " + syntax.Text)
	default:
		vm.Fail(&PayloadError{Class: syntax.Class(), Message: strings.Clone(syntax.Text)}) // it may quote the payload
	}
}

// source is where the payload and the parameters come from.
type source struct {
	body   []byte
	text   string        // instead, when body is nil
	params func() Params // nil: none
}

var (
	classInput = java.NewClass("Input")

	_ java.Receiver = (*Input)(nil)
)

// Class and what follows make $input an object of a class of its own, which prints as
// nothing.
//
// Assumed: what API Gateway calls the class is not known.
func (in *Input) Class() *java.Class                     { return classInput }
func (in *Input) AppendTo(_ *java.VM, dst []byte) []byte { return dst }
func (in *Input) Bare(m java.Method) bool                { return m == methodGetBody || m == methodParams }

// Invoke calls body, json, params and path. Body is a property in the documentation; the
// getter behind it can be called too.
func (in *Input) Invoke(vm *java.VM, m java.Method, args []java.Value) (java.Value, bool) {
	switch len(args) {
	case 0:
		switch m {
		case methodGetBody:
			return java.StringValue(in.body()), true
		case methodParams:
			return java.ObjectValue(in.allParams()), true
		}
	case 1:
		if !java.IsText(args[0]) {
			return java.Value{}, false
		}
		switch m {
		case methodPath:
			n, ok := in.path(args[0], nil)
			if !ok {
				return java.Value{}, true
			}
			return vm.FromNode(n), true
		case methodJSON:
			return in.json(args[0], nil), true
		case methodParams:
			return in.param(args[0]), true
		}
	}
	return java.Value{}, false
}

// Compile is what a call of path or json with a literal keeps, nil if it keeps
// nothing. A broken path is left to fail when it is reached.
func Compile(m java.Method, path string) any {
	if m != methodPath && m != methodJSON {
		return nil
	}
	if path == "$" {
		return whole
	}
	p, err := compiled(path)
	if err != nil {
		return nil
	}
	return p
}

// paths are some that were compiled. Templates ask for the same ones over and over, and what is parsed each time
// would compile them each time; who comes to a row takes it.
var paths [64]atomic.Pointer[jsonpath.Path]

// longestKept keeps what stands in a row small.
const longestKept = 64

func compiled(path string) (*jsonpath.Path, error) {
	if len(path) > longestKept {
		return jsonpath.Compile(path)
	}
	// The hash of a short text is its letters, which the product spreads to the upper bits.
	row := &paths[json.Hash(path)*0x9E3779B97F4A7C15>>(64-6)]
	if p := row.Load(); p != nil && p.String() == path {
		return p, nil
	}
	p, err := jsonpath.Compile(strings.Clone(path)) // or else it would hold the whole template
	if err == nil {
		row.Store(p)
	}
	return p, err
}

// whole stands for $, which is all of the payload without any step.
var whole = &jsonpath.Path{}

// Read is path or json with what was compiled.
func (in *Input) Read(m java.Method, compiled any, p java.Value) java.Value {
	path := compiled.(*jsonpath.Path)
	if m == methodJSON {
		return in.json(p, path)
	}
	n, ok := in.path(p, path)
	if !ok {
		return java.Value{}
	}
	return in.vm.FromNode(n)
}

// What $input can be asked.
var (
	methodPath, methodJSON      = java.MethodNamed("path"), java.MethodNamed("json")
	methodParams, methodGetBody = java.MethodNamed("params"), java.MethodNamed("getBody")
)

// pathWork is the work of a step of a JSON path.
const pathWork = 5

// path reads a JSON path; compiled is used when the template names the path
// literally.
//
// Documented: API Gateway Developer Guide, Mapping template and access logging variable
// reference, "$input.path(x)": the result is an object of which a template can go on to
// call methods.
func (in *Input) path(p java.Value, compiled *jsonpath.Path) (json.Node, bool) {
	vm := in.vm
	root, ok := in.root()
	if !ok {
		return json.Node{}, false
	}
	if compiled == whole || p.Kind == java.String && p.Str() == "$" {
		return root, true
	}
	// json-path walks over containers alone: a payload that is a text or a number has
	// nothing but $.
	if k := root.Kind(); k != json.Array && k != json.Object {
		return json.Node{}, false
	}
	if compiled == nil {
		if p.Kind == java.Null {
			vm.Throw("java.lang.IllegalArgumentException: path can not be null or empty")
			return json.Node{}, false
		}
		if len(p.Str()) <= jsonpath.MaxLength && !vm.Spend(java.SourceWork*len(p.Str())) {
			return json.Node{}, false
		}
		var err error
		if compiled, err = jsonpath.Compile(p.Str()); err != nil {
			pathFault(vm, err)
			return json.Node{}, false
		}
	}
	if n, found, ok := in.follow(root, compiled); ok {
		return n, found
	}
	var n json.Node
	found, tokens := false, in.doc.Tokens()
	err := vm.Within(func(work *int) (err error) {
		n, found, err = compiled.EvalWithin(root, work)
		return err
	}, pathWork, jsonpath.ErrTooMuch)
	if vm.Done {
		return json.Node{}, false
	}
	if found && n.Doc() != in.doc {
		vm.Charge(n.Doc().Size())
	}
	if made := in.doc.Tokens() - tokens; made > 0 {
		vm.KeepHolding(made * (json.TokenSize + java.NodeSize))
	}
	if err != nil {
		pathFault(vm, err)
		return json.Node{}, false
	}
	return n, found
}

// follow goes along a path of names and single indexes, which makes nothing and ends soon: what nearly all
// paths are. It reports false, and has done nothing, for any other and for one that takes too much.
func (in *Input) follow(root json.Node, path *jsonpath.Path) (n json.Node, found, ok bool) {
	if !path.Chain() {
		return n, false, false
	}
	have := max(in.vm.Fuel, 0) / pathWork
	in.steps = have
	n, found, err := path.EvalWithin(root, &in.steps)
	if err != nil {
		return n, false, false
	}
	in.vm.Spend((have - in.steps) * pathWork)
	return n, found, true
}

func pathFault(vm *java.VM, err error) {
	if errors.Is(err, jsonpath.ErrTooMuch) {
		vm.Fail(java.ErrWork)
		return
	}
	vm.Throw("com.jayway.jsonpath.InvalidPathException: " + err.Error())
}

// missingJSON is what $input.json gives for a path that leads nowhere: two
// quotes.
// Observed: in the API Gateway console; a JSON null does the same.
const missingJSON = `""`

// json is a part of the payload as JSON text.
//
// Documented: "$input.json(x)" of the same page. The text is written anew rather than
// copied: white space goes and numbers are as json-smart writes them.
func (in *Input) json(p java.Value, compiled *jsonpath.Path) java.Value {
	n, ok := in.path(p, compiled)
	if in.vm.Done {
		return java.Value{}
	}
	if !ok || n.Kind() == json.Null || n.Kind() == json.Missing {
		return java.StringValue(missingJSON)
	}
	return in.vm.JSONText(n, json.Compact)
}

// AppendJSON prints what Read gives of json.
func (in *Input) AppendJSON(dst []byte, compiled any, p java.Value) []byte {
	path := compiled.(*jsonpath.Path)
	n, ok := in.path(p, path)
	switch {
	case in.vm.Done:
		return dst
	case !ok || n.Kind() == json.Null || n.Kind() == json.Missing:
		return append(dst, missingJSON...)
	}
	return in.vm.AppendJSONText(dst, n, json.Compact)
}

func (in *Input) parameters() *Params {
	if !in.asked {
		in.asked = true
		if f := in.source.params; f != nil {
			in.params = f()
		}
	}
	return &in.params
}

// param looks in the path, then the query string, then the headers.
//
// Source: "$input.params(x)" of the AWS page: "Returns the value of a method request
// parameter from the path, query string, or header value (searched in that order)".
func (in *Input) param(name java.Value) java.Value {
	in.allParams()
	for i := range in.parts {
		if v, _ := in.parts[i].Get(in.vm, name); v.Kind != java.Null {
			return v
		}
	}
	return java.StringValue("")
}

// allParams is what params() gives: a map of three maps. They read the
// parameters where they are until a template walks over or changes them.
//
// Documented: "$input.params()" of the AWS page: "Returns a map of all the request
// parameters".
func (in *Input) allParams() *paramGroups {
	if in.groups.in == nil {
		p := in.parameters()
		in.groups.in = in
		in.parts = [3]paramGroup{{vm: in.vm, params: p.Path}, {vm: in.vm, params: p.Query}, {vm: in.vm, params: p.Header}}
	}
	return &in.groups
}

// groupNames are in the order in which the example of the AWS page shows them.
var groupNames = [3]string{"path", "querystring", "header"}

// paramGroups is the outer map of $input.params().
type paramGroups struct{ in *Input }

var _ java.Lazy = (*paramGroups)(nil)

func (g *paramGroups) Get(vm *java.VM, key java.Value) (java.Value, bool) {
	if g.in.sets != nil {
		return g.in.sets.Get(vm, key)
	}
	for i, name := range groupNames {
		if key.Kind == java.String && key.Str() == name {
			return java.ObjectValue(&g.in.parts[i]), true
		}
	}
	return java.Value{}, false
}

func (g *paramGroups) Whole(*java.VM) *java.Dict {
	if g.in.sets == nil {
		g.in.sets = &java.Dict{}
		for i, name := range groupNames {
			g.in.sets.Put(g.in.vm, java.StringValue(name), java.ObjectValue(&g.in.parts[i]))
		}
	}
	return g.in.sets
}

// Copy implements java.Lazy.
func (g *paramGroups) Copy(vm *java.VM) *java.Dict {
	copied := *g.in
	return (&paramGroups{&copied}).Whole(vm)
}

func (g *paramGroups) Put(vm *java.VM, key, v java.Value) java.Value {
	return g.Whole(nil).Put(vm, key, v)
}
func (g *paramGroups) Delete(vm *java.VM, key java.Value) java.Value {
	return g.Whole(nil).Delete(vm, key)
}
func (g *paramGroups) Size() int    { return g.Whole(nil).Size() }
func (g *paramGroups) Clear()       { g.Whole(nil).Clear() }
func (g *paramGroups) Version() int { return g.Whole(nil).Version() }

// paramGroup is one of the inner maps.
type paramGroup struct {
	vm      *java.VM
	params  []Param
	d       *java.Dict
	counted uint32
}

var _ java.Lazy = (*paramGroup)(nil)

// Get finds a parameter by its exact name.
//
// Assumed: the case of a header's name counts here, for the maps behind it are ordinary
// ones.
func (g *paramGroup) Get(vm *java.VM, key java.Value) (java.Value, bool) {
	if g.d != nil {
		return g.d.Get(vm, key)
	}
	// Of two with one name the last counts, as in the map that this becomes.
	for i := len(g.params) - 1; i >= 0; i-- {
		if key.Kind == java.String && g.params[i].Name == key.Str() {
			return java.StringValue(g.params[i].Value), true
		}
	}
	return java.Value{}, false
}

func (g *paramGroup) Whole(*java.VM) *java.Dict {
	if g.d == nil {
		g.d = &java.Dict{}
		for _, p := range g.params {
			g.d.Put(g.vm, java.StringValue(p.Name), java.StringValue(p.Value))
		}
	}
	return g.d
}

// Copy implements java.Lazy.
func (g *paramGroup) Copy(vm *java.VM) *java.Dict {
	copied := *g
	return copied.Whole(vm)
}

func (g *paramGroup) Put(vm *java.VM, key, v java.Value) java.Value {
	return g.Whole(nil).Put(vm, key, v)
}
func (g *paramGroup) Delete(vm *java.VM, key java.Value) java.Value {
	return g.Whole(nil).Delete(vm, key)
}
func (g *paramGroup) Size() int    { return g.Whole(nil).Size() }
func (g *paramGroup) Clear()       { g.Whole(nil).Clear() }
func (g *paramGroup) Version() int { return g.Whole(nil).Version() }
