package vtl

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Param is one request parameter.
type Param struct{ Name, Value string }

// Params are the parameters that $input.params shows, each group in the order
// in which it is to be walked.
type Params struct{ Path, Query, Header []Param }

// Vars is what one rendering sees. A Vars belongs to one rendering at a time,
// but may be used for several one after the other: what a template overrode
// for the request is then still there for the template of the response.
type Vars struct {
	// Body is the payload; an empty one counts as {}.
	Body []byte
	// Text is used for the payload when Body is nil.
	Text string
	// Params is asked once, if at all.
	Params func() Params
	// Context is $context; nil is an empty one.
	Context Object
	// StageVariables is $stageVariables.
	StageVariables map[string]string
	// Stage is used for them instead when it is not nil; it has an order.
	Stage Object
	// Top holds further variables by name, as of Object. A stock template
	// sees nothing else.
	Top map[string]any

	// Explain, when set, is told of every reference as it is evaluated.
	Explain func(Reference)
	// Missing, when set, is told of every reference that leads nowhere, as it stands in
	// the template and at which byte. Unlike Explain it prints no value, so it takes
	// nothing of the budget of a rendering.
	Missing func(text string, offset int)

	kept *kept
}

// Reference is one evaluation of a reference in a template.
type Reference struct {
	Line, Column int
	Text         string // as in the template
	Value        string // as it would print
	Resolved     bool   // false if any step of it led nowhere
}

// setUp gives the well-known names their values.
func (st *state) setUp(vars *Vars) {
	t := st.t
	for name, v := range vars.Top {
		if i := t.tree.Slot(name); i >= 0 {
			st.vars[i] = st.topValue(v)
		}
	}
	if t.stock {
		return
	}
	if t.input >= 0 {
		st.vars[t.input] = objectValue(&st.inputs)
	}
	if t.util >= 0 {
		st.vars[t.util] = objectValue(theUtil)
	}
	if t.context >= 0 {
		obj := vars.Context
		if obj == nil {
			obj = none{}
		}
		st.ctx.obj = obj
		st.restore(vars.kept)
		st.vars[t.context] = objectValue(&st.ctx)
	}
	if t.stage >= 0 {
		st.stage = stageMap{st: st, plain: vars.StageVariables, obj: vars.Stage}
		st.vars[t.stage] = objectValue(&st.stage)
	}
}

// topValue turns a variable into a value: payload-like values become lists
// and insertion-ordered maps.
func (st *state) topValue(v any) Value {
	switch v := v.(type) {
	case json.Node:
		if st.t.stock {
			return st.plain(v, 0)
		}
		return st.fromNode(v)
	case map[string]any:
		return objectValue(st.fromGoMap(v, linkedMap))
	}
	return st.fromGo(v)
}

// plain copies a payload value into ordinary lists and maps.
func (st *state) plain(n json.Node, depth int) Value {
	if depth > maxPrintDepth {
		return Value{}
	}
	switch n.Kind() {
	case json.Array:
		l := &list{}
		for it := n.Iter(); it.Next(); {
			l.items = append(l.items, st.plain(it.Node(), depth+1))
		}
		return objectValue(l)
	case json.Object:
		d := &dict{}
		for it := n.Iter(); it.Next(); {
			d.put(st, stringValue(it.Key()), st.plain(it.Node(), depth+1))
		}
		return objectValue(d)
	}
	return st.fromNode(n)
}

// none is an Object without names.
type none struct{}

func (none) Get(string) (any, bool) { return nil, false }
func (none) Names() []string        { return nil }

// stageMap is $stageVariables. It becomes a map of its own when a template
// walks over it or changes it.
type stageMap struct {
	st    *state
	plain map[string]string
	obj   Object
	d     *dict
	mark  uint32
}

var _ mapping = (*stageMap)(nil)

func (s *stageMap) get(st *state, key Value) (Value, bool) {
	switch {
	case s.d != nil || key.k != kString:
		return s.whole().get(st, key)
	case s.obj != nil:
		v, ok := s.obj.Get(key.s)
		return st.fromGo(v), ok
	}
	v, ok := s.plain[key.s]
	if !ok {
		return Value{}, false
	}
	return stringValue(v), true
}

func (s *stageMap) whole() *dict {
	if s.d != nil {
		return s.d
	}
	s.d = &dict{}
	if s.obj == nil {
		for _, k := range slices.Sorted(maps.Keys(s.plain)) {
			s.d.put(s.st, stringValue(k), stringValue(s.plain[k]))
		}
		return s.d
	}
	for _, k := range s.obj.Names() {
		v, _ := s.obj.Get(k)
		s.d.put(s.st, stringValue(k), s.st.fromGo(v))
	}
	return s.d
}

func (s *stageMap) put(st *state, key, v Value) Value { return s.whole().put(st, key, v) }
func (s *stageMap) del(st *state, key Value) Value    { return s.whole().del(st, key) }
func (s *stageMap) size() int                         { return s.whole().size() }
func (s *stageMap) clear()                            { s.whole().clear() }
func (s *stageMap) version() int                      { return s.whole().version() }
