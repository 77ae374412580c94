package input

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// Object is a group of named values that the gateway hands to templates, such
// as $context. Values are string, bool, int, int32, int64, float64, nil,
// Object, map[string]any, []any and payload values.
type Object interface {
	// Get returns the value of a name; ok is false if there is none.
	Get(name string) (value any, ok bool)
	// Names lists all names, in the order in which they were made. It is only
	// asked for when a template walks over or changes the object.
	Names() []string
}

// Context is $context, or an Object below it. It reads the Object until a
// template wants to see it as a whole; then it becomes a map.
//
// Observed: the groups of $context print as nothing.
//
// Assumed: $context itself does too.
type Context struct {
	obj     Object
	root    bool
	d       *java.Dict // once it was made
	subs    []sub      // groups that were handed out before
	vm      *java.VM
	counted uint32
	groups  []*Context // that were made for values of obj; each rendering uses them again
	used    int        // of them, by this one
}

// sub is a group of a contextMap.
type sub struct {
	name string
	v    java.Value
}

// Start shows a rendering the gateway's $context; nil is an empty one.
func (c *Context) Start(vm *java.VM, obj Object, k *Kept) {
	if obj == nil {
		obj = none{}
	}
	c.vm, c.obj, c.root = vm, obj, true
	if k != nil {
		c.restore(k)
	}
}

// Reset makes the map ready for another rendering, and those that it has made.
func (c *Context) Reset() {
	for _, g := range c.groups[:c.used] {
		g.Reset()
		g.vm = nil
	}
	if len(c.subs) > 0 {
		clear(c.subs)
	}
	c.obj, c.d, c.subs, c.used, c.counted = nil, nil, c.subs[:0], 0, 0
}

// maxGroups is how many groups are kept to be used again; $context has about ten.
const maxGroups = 16

// below is a group of this one.
func (c *Context) below(obj Object) *Context {
	if c.used == len(c.groups) {
		if c.used == maxGroups {
			return &Context{obj: obj, vm: c.vm}
		}
		c.groups = append(c.groups, &Context{})
	}
	g := c.groups[c.used]
	c.used++
	g.obj, g.vm = obj, c.vm
	return g
}

// group finds one that was handed out before.
func (c *Context) group(name string) (java.Value, bool) {
	for i := range c.subs {
		if c.subs[i].name == name {
			return c.subs[i].v, true
		}
	}
	return java.Value{}, false
}

var (
	_ java.Lazy    = (*Context)(nil)
	_ java.Printer = (*Context)(nil)
)

func (c *Context) Class() *java.Class                     { return java.ClassAPIMap }
func (c *Context) AppendTo(_ *java.VM, dst []byte) []byte { return dst }

func (c *Context) Get(vm *java.VM, key java.Value) (java.Value, bool) {
	if c.d != nil || key.Kind != java.String {
		return c.Whole(vm).Get(vm, key)
	}
	return c.lookup(key.Str())
}

// Text is what lookup has for a name where that is a text as it is, and false where it is anything else.
func (c *Context) Text(name string) (text string, ok bool) {
	if c.d != nil {
		return "", false
	}
	raw, _ := c.obj.Get(name)
	text, ok = raw.(string)
	return text, ok
}

// lookup finds what a name stands for. A group stays the same object from one look to the
// next: a template may have stored something in it.
func (c *Context) lookup(name string) (java.Value, bool) {
	if v, ok := c.group(name); ok {
		return v, true
	}
	raw, ok := c.obj.Get(name)
	if text, is := raw.(string); is { // nearly always
		return java.StringValue(text), ok
	}
	var v java.Value
	if group, is := raw.(Object); is {
		v = java.ObjectValue(c.below(group))
	} else {
		v = fromGo(c.vm, raw)
	}
	if c.root && v.Kind == java.Null {
		v, ok = c.standard(name, v, ok)
	}
	if v.Kind == java.Object {
		c.subs = append(c.subs, sub{name, v})
	}
	return v, ok
}

// standard makes the groups that $context always has, so that a template can put
// something into them.
//
// Source: the AWS page names $context.requestOverride.header, path and querystring, and
// $context.responseOverride.header and status; a template sets members of them without
// making the groups first.
func (c *Context) standard(name string, v java.Value, ok bool) (java.Value, bool) {
	switch name {
	case "requestOverride":
		return java.ObjectValue(newOverride("header", "path", "querystring")), true
	case "responseOverride":
		return java.ObjectValue(newOverride("header")), true
	// Observed: $context.identity is there for callers nobody identified too; what is not
	// known in it is null and prints as nothing.
	case "identity":
		return java.ObjectValue(&java.Dict{Kind: java.APIMap}), true
	}
	return v, ok
}

// newOverride makes groups that are empty, as they are before a template overrides
// anything.
//
// Documented: API Gateway Developer Guide, "Override your API's request and response
// parameters and status codes".
func newOverride(groups ...string) *java.Dict {
	d := &java.Dict{Kind: java.APIMap}
	for _, g := range groups {
		d.Put(nil, java.StringValue(g), java.ObjectValue(&java.Dict{Kind: java.APIMap}))
	}
	return d
}

// Whole makes the map, once.
//
// Observed: it iterates in the order of java.util.HashMap, which the order of insertion
// decides only between keys of one bucket.
func (c *Context) Whole(vm *java.VM) *java.Dict {
	if c.d != nil {
		return c.d
	}
	d := &java.Dict{Kind: java.APIMap}
	names := c.obj.Names()
	if c.root {
		names = withStandard(names)
	}
	for _, name := range names {
		v, _ := c.lookup(name)
		d.Put(vm, java.StringValue(name), v)
	}
	c.d, c.subs = d, c.subs[:0]
	return d
}

// withStandard adds the groups that are missing.
//
// Assumed: in front of what the gateway lists, so that of two names in one
// bucket of the Java map they come first.
func withStandard(names []string) []string {
	for _, name := range [...]string{"requestOverride", "responseOverride", "identity"} {
		if !slices.Contains(names, name) {
			names = append([]string{name}, names...)
		}
	}
	return names
}

// Copy implements java.Lazy. Nobody asks for it, since $context prints as nothing.
func (c *Context) Copy(vm *java.VM) *java.Dict {
	copied := *c
	copied.subs = slices.Clone(c.subs)
	copied.groups, copied.used = nil, 0 // the next ones are the original's to hand out
	return copied.Whole(vm)
}

func (c *Context) Put(vm *java.VM, key, v java.Value) java.Value {
	return c.Whole(vm).Put(vm, key, v)
}
func (c *Context) Delete(vm *java.VM, key java.Value) java.Value {
	return c.Whole(vm).Delete(vm, key)
}
func (c *Context) Size() int    { return c.Whole(c.vm).Size() }
func (c *Context) Clear()       { c.Whole(c.vm).Clear() }
func (c *Context) Version() int { return c.Whole(c.vm).Version() }

// fromGo turns a value of an Object into one of templates.
func fromGo(vm *java.VM, v any) java.Value {
	switch v := v.(type) {
	case string:
		return java.StringValue(v)
	case bool:
		return java.BoolValue(v)
	case int:
		return java.WholeValue(int64(v))
	case int32:
		return java.IntValue(v)
	case int64:
		return java.WholeValue(v)
	case float64:
		return java.DoubleValue(v)
	case Object:
		return java.ObjectValue(&Context{obj: v, vm: vm})
	case json.Node:
		return plain(vm, v, 0)
	case map[string]any:
		return java.ObjectValue(fromGoMap(vm, v, java.APIMap))
	case map[string]string:
		d := &java.Dict{Kind: java.APIMap}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			d.Put(vm, java.StringValue(k), java.StringValue(v[k]))
		}
		return java.ObjectValue(d)
	case []any:
		l := java.NewList(make([]java.Value, len(v)))
		for i := range v {
			l.Items[i] = fromGo(vm, v[i])
		}
		return java.ObjectValue(l)
	case []string:
		l := java.NewList(make([]java.Value, len(v)))
		for i := range v {
			l.Items[i] = java.StringValue(v[i])
		}
		return java.ObjectValue(l)
	}
	return java.Value{}
}

func fromGoMap(vm *java.VM, m map[string]any, kind java.MapKind) *java.Dict {
	d := &java.Dict{Kind: kind}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		d.Put(vm, java.StringValue(k), fromGo(vm, m[k]))
	}
	return d
}
