package java

// PlainGroup is a map as plain Go, without its empty groups, nil if that leaves nothing.
// What a template has put into $context's overrides leaves the rendering by this way.
func PlainGroup(vm *VM, group Value) map[string]any {
	m, ok := group.Obj.(Mapping)
	if !ok {
		return nil
	}
	g := goer{vm: vm, known: map[any]plainGo{}}
	if out := g.stripped(m); len(out) > 0 {
		return out
	}
	return nil
}

// plainGo is a value as plain Go, with the number of elements that writing it
// out would take.
type plainGo struct {
	v    any
	size int
}

// goer turns template values into plain Go. What is one object there is one
// here, so that values that are doubled again and again stay small.
type goer struct {
	vm    *VM
	known map[any]plainGo // by the object; nil as long as it is being made
}

// stripped copies a group without its empty subgroups.
func (g *goer) stripped(m Mapping) map[string]any {
	// Known as null while it is made: a group that holds itself would else have no end.
	g.known[m] = plainGo{nil, 1}
	out := map[string]any{}
	g.vm.each(m, func(key, val Value) {
		name := g.vm.Text(key)
		if sub, ok := val.Obj.(*Dict); !ok || sub.Kind != APIMap || g.known[sub].size > 0 {
			out[name] = g.value(val, 0).v
		} else if s := g.stripped(sub); len(s) > 0 {
			out[name] = s
		}
	})
	return out
}

// Numbers that Go has no plain type for, and characters, become what they print as.
func (g *goer) value(v Value, depth int) plainGo {
	switch {
	case v.Kind == Null || depth > MaxPrintDepth:
		return plainGo{nil, 1}
	case v.Kind == Bool:
		return plainGo{v.bool(), 1}
	case v.IsSmall():
		return plainGo{v.Num, 1}
	case v.Kind == Double || v.Kind == Float:
		return plainGo{v.float(), 1}
	case v.Kind != Object:
		return plainGo{g.vm.Text(v), 1}
	}
	key := identity(v)
	if made, ok := g.known[key]; ok {
		return made
	}
	g.known[key] = plainGo{nil, 1}
	made := g.object(v, depth)
	// What is one object here may be written out many times: beyond the budget it is null.
	if made.size > g.vm.Elements {
		made = plainGo{nil, 1}
	}
	g.known[key] = made
	return made
}

// identity is what handles to one object have in common.
func identity(v Value) any {
	switch o := v.Obj.(type) {
	case *nodeList:
		return o.Node
	case *nodeMap:
		return o.Node
	}
	return v.Obj
}

func (g *goer) object(v Value, depth int) plainGo {
	switch o := v.Obj.(type) {
	case Sequence:
		out, size := make([]any, o.size()), 1
		for i := range out {
			made := g.value(o.at(g.vm, i), depth+1)
			out[i], size = made.v, size+made.size
		}
		return plainGo{out, size}
	case Mapping:
		return g.members(o, depth)
	// An entry is written as a map of itself, which is how JSON can say it.
	case *entry:
		made := g.value(o.val, depth+1)
		return plainGo{map[string]any{g.vm.Text(o.key): made.v}, 1 + made.size}
	case *view:
		items, _ := g.vm.elementsOf(v)
		return g.value(ObjectValue(NewList(items)), depth+1)
	}
	return plainGo{g.vm.Text(v), 1}
}

func (g *goer) members(m Mapping, depth int) plainGo {
	out, size := make(map[string]any, m.Size()), 1
	g.vm.each(m, func(key, val Value) {
		made := g.value(val, depth+1)
		out[g.vm.Text(key)], size = made.v, size+made.size
	})
	return plainGo{out, size}
}
