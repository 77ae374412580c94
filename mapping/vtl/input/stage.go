package input

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// plain copies a payload value into ordinary lists and maps.
func plain(vm *java.VM, n json.Node, depth int) java.Value {
	if depth > java.MaxPrintDepth {
		return java.Value{}
	}
	switch n.Kind() {
	case json.Array:
		l := &java.List{}
		for it := n.Iter(); it.Next(); {
			l.Items = append(l.Items, plain(vm, it.Node(), depth+1))
		}
		return java.ObjectValue(l)
	case json.Object:
		d := &java.Dict{}
		for it := n.Iter(); it.Next(); {
			d.Put(vm, java.StringValue(it.Key()), plain(vm, it.Node(), depth+1))
		}
		return java.ObjectValue(d)
	}
	return vm.FromNode(n)
}

// Top turns a variable into a value: payload-like values become lists
// and insertion-ordered maps, and stay payload values unless all is to be plain.
func Top(vm *java.VM, v any, allPlain bool) java.Value {
	switch v := v.(type) {
	case json.Node:
		if allPlain {
			return plain(vm, v, 0)
		}
		return vm.FromNode(v)
	case map[string]any:
		return java.ObjectValue(fromGoMap(vm, v, java.LinkedMap))
	}
	return fromGo(vm, v)
}

// none is an Object without names.
type none struct{}

func (none) Get(string) (any, bool) { return nil, false }
func (none) Names() []string        { return nil }

// Stage is $stageVariables. It becomes a map of its own when a template
// walks over it or changes it.
type Stage struct {
	vm      *java.VM
	plain   map[string]string
	obj     Object
	d       *java.Dict
	counted uint32
}

var _ java.Lazy = (*Stage)(nil)

// Start shows a rendering the stage variables: obj, which has an order, or else plain.
func (s *Stage) Start(vm *java.VM, plain map[string]string, obj Object) {
	*s = Stage{vm: vm, plain: plain, obj: obj}
}

// Reset makes the map ready for another rendering.
func (s *Stage) Reset() { *s = Stage{} }

// Get is null for a variable that the stage does not have.
//
// Observed: $stageVariables.missing prints nothing.
func (s *Stage) Get(vm *java.VM, key java.Value) (java.Value, bool) {
	switch {
	case s.d != nil || key.Kind != java.String:
		return s.Whole(s.vm).Get(vm, key)
	case s.obj != nil:
		v, ok := s.obj.Get(key.Str())
		return fromGo(vm, v), ok
	}
	v, ok := s.plain[key.Str()]
	if !ok {
		return java.Value{}, false
	}
	return java.StringValue(v), true
}

func (s *Stage) Whole(*java.VM) *java.Dict {
	if s.d != nil {
		return s.d
	}
	s.d = &java.Dict{}
	if s.obj == nil {
		for _, k := range slices.Sorted(maps.Keys(s.plain)) {
			s.d.Put(s.vm, java.StringValue(k), java.StringValue(s.plain[k]))
		}
		return s.d
	}
	for _, k := range s.obj.Names() {
		v, _ := s.obj.Get(k)
		s.d.Put(s.vm, java.StringValue(k), fromGo(s.vm, v))
	}
	return s.d
}

// Copy implements java.Lazy.
func (s *Stage) Copy(vm *java.VM) *java.Dict {
	copied := *s
	return copied.Whole(vm)
}

func (s *Stage) Put(vm *java.VM, key, v java.Value) java.Value {
	return s.Whole(s.vm).Put(vm, key, v)
}
func (s *Stage) Delete(vm *java.VM, key java.Value) java.Value {
	return s.Whole(s.vm).Delete(vm, key)
}
func (s *Stage) Size() int    { return s.Whole(s.vm).Size() }
func (s *Stage) Clear()       { s.Whole(s.vm).Clear() }
func (s *Stage) Version() int { return s.Whole(s.vm).Version() }
