package vtl

import "context"

// RequestOverride is what templates stored in $context.requestOverride: nil, or
// nil, bool, int64, float64, string, []any and map[string]any by name. Empty
// groups are left out. A value within itself is nil there, and so is one that
// would have more elements than a list may.
func (v *Vars) RequestOverride() map[string]any {
	if v.kept == nil {
		return nil
	}
	return v.kept.plain(v.kept.request)
}

// ResponseOverride is the same of $context.responseOverride.
func (v *Vars) ResponseOverride() map[string]any {
	if v.kept == nil {
		return nil
	}
	return v.kept.plain(v.kept.response)
}

func (k *kept) plain(group Value) map[string]any {
	m, ok := group.o.(mapping)
	if !ok {
		return nil
	}
	st := k.t.begin(context.Background(), nil)
	st.finished = true
	defer k.t.end(st)
	k.adopt(st)
	g := goer{st: st, known: map[any]plainGo{}}
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
	st    *state
	known map[any]plainGo // by the object; nil as long as it is being made
}

// stripped copies a group without its empty subgroups.
func (g *goer) stripped(m mapping) map[string]any {
	g.known[m] = plainGo{nil, 1}
	out := map[string]any{}
	g.st.each(m, func(key, val Value) {
		name := g.st.text(key)
		if sub, ok := val.o.(*dict); !ok || sub.class != apiMap || g.known[sub].size > 0 {
			out[name] = g.value(val, 0).v
		} else if s := g.stripped(sub); len(s) > 0 {
			out[name] = s
		}
	})
	return out
}

func (g *goer) value(v Value, depth int) plainGo {
	switch {
	case v.k == kNull || depth > maxPrintDepth:
		return plainGo{nil, 1}
	case v.k == kBool:
		return plainGo{v.bool(), 1}
	case v.isSmall():
		return plainGo{v.n, 1}
	case v.k == kDouble || v.k == kFloat:
		return plainGo{v.float(), 1}
	case v.k != kObject:
		return plainGo{g.st.text(v), 1}
	}
	key := identity(v)
	if made, ok := g.known[key]; ok {
		return made
	}
	g.known[key] = plainGo{nil, 1}
	made := g.object(v, depth)
	if made.size > g.st.limits().Elements {
		made = plainGo{nil, 1}
	}
	g.known[key] = made
	return made
}

// identity is what handles to one object have in common.
func identity(v Value) any {
	switch o := v.o.(type) {
	case *nodeList:
		return o.Node
	case *nodeMap:
		return o.Node
	}
	return v.o
}

func (g *goer) object(v Value, depth int) plainGo {
	switch o := v.o.(type) {
	case sequence:
		out, size := make([]any, o.size()), 1
		for i := range out {
			made := g.value(o.at(g.st, i), depth+1)
			out[i], size = made.v, size+made.size
		}
		return plainGo{out, size}
	case mapping:
		return g.members(o, depth)
	case *entry:
		made := g.value(o.val, depth+1)
		return plainGo{map[string]any{g.st.text(o.key): made.v}, 1 + made.size}
	case *view:
		items, _ := g.st.elements(v)
		return g.value(objectValue(newList(items)), depth+1)
	}
	return plainGo{g.st.text(v), 1}
}

func (g *goer) members(m mapping, depth int) plainGo {
	out, size := make(map[string]any, m.size()), 1
	g.st.each(m, func(key, val Value) {
		made := g.value(val, depth+1)
		out[g.st.text(key)], size = made.v, size+made.size
	})
	return plainGo{out, size}
}
