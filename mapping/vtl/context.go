package vtl

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
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

// contextMap is $context, or an Object below it. It reads the Object until a
// template wants to see it as a whole; then it becomes a map.
type contextMap struct {
	obj  Object
	root bool
	d    *dict // once it was made
	subs []sub // groups that were handed out before
	st   *state
	mark uint32
}

// sub is a group of a contextMap.
type sub struct {
	name string
	v    Value
}

// reset makes the map ready for another rendering.
func (c *contextMap) reset() {
	clear(c.subs)
	c.obj, c.d, c.subs = nil, nil, c.subs[:0]
}

// group finds one that was handed out before.
func (c *contextMap) group(name string) (Value, bool) {
	for i := range c.subs {
		if c.subs[i].name == name {
			return c.subs[i].v, true
		}
	}
	return Value{}, false
}

var _ mapping = (*contextMap)(nil)

func (c *contextMap) get(st *state, key Value) (Value, bool) {
	if c.d != nil || key.k != kString {
		return c.whole(st).get(st, key)
	}
	return c.lookup(key.s)
}

func (c *contextMap) lookup(name string) (Value, bool) {
	if v, ok := c.group(name); ok {
		return v, true
	}
	raw, ok := c.obj.Get(name)
	v := c.st.fromGo(raw)
	if c.root && v.k == kNull {
		v, ok = c.standard(name, v, ok)
	}
	if v.k == kObject {
		c.subs = append(c.subs, sub{name, v})
	}
	return v, ok
}

// standard makes the groups that $context always has.
func (c *contextMap) standard(name string, v Value, ok bool) (Value, bool) {
	switch name {
	case "requestOverride":
		return objectValue(newOverride("header", "path", "querystring")), true
	case "responseOverride":
		return objectValue(newOverride("header")), true
	case "identity":
		return objectValue(&dict{class: apiMap}), true
	}
	return v, ok
}

func newOverride(groups ...string) *dict {
	d := &dict{class: apiMap}
	for _, g := range groups {
		d.put(nil, stringValue(g), objectValue(&dict{class: apiMap}))
	}
	return d
}

// whole makes the map, once.
func (c *contextMap) whole(st *state) *dict {
	if c.d != nil {
		return c.d
	}
	d := &dict{class: apiMap}
	names := c.obj.Names()
	if c.root {
		names = withStandard(names)
	}
	for _, name := range names {
		v, _ := c.lookup(name)
		d.put(st, stringValue(name), v)
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

func (c *contextMap) put(st *state, key, v Value) Value { return c.whole(st).put(st, key, v) }
func (c *contextMap) del(st *state, key Value) Value    { return c.whole(st).del(st, key) }
func (c *contextMap) size() int                         { return c.whole(c.st).size() }
func (c *contextMap) clear()                            { c.whole(c.st).clear() }
func (c *contextMap) version() int                      { return c.whole(c.st).version() }

// fromGo turns a value of an Object into one of templates.
func (st *state) fromGo(v any) Value {
	switch v := v.(type) {
	case string:
		return stringValue(v)
	case bool:
		return boolValue(v)
	case int:
		return fit(int64(v), intValue(0), intValue(0))
	case int32:
		return intValue(v)
	case int64:
		return fit(v, intValue(0), intValue(0))
	case float64:
		return doubleValue(v)
	case Object:
		return objectValue(&contextMap{obj: v, st: st})
	case json.Node:
		return st.plain(v, 0)
	case map[string]any:
		return objectValue(st.fromGoMap(v, apiMap))
	case map[string]string:
		d := &dict{class: apiMap}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			d.put(st, stringValue(k), stringValue(v[k]))
		}
		return objectValue(d)
	case []any:
		l := newList(make([]Value, len(v)))
		for i := range v {
			l.items[i] = st.fromGo(v[i])
		}
		return objectValue(l)
	case []string:
		l := newList(make([]Value, len(v)))
		for i := range v {
			l.items[i] = stringValue(v[i])
		}
		return objectValue(l)
	}
	return Value{}
}

func (st *state) fromGoMap(m map[string]any, class mapClass) *dict {
	d := &dict{class: class}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		d.put(st, stringValue(k), st.fromGo(m[k]))
	}
	return d
}
