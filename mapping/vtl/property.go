package vtl

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// bean is what the name of a property can stand for.
type bean struct {
	getter, is methodID
	loop       loopFact
}

// beans are what the names that stand for more than a key of a map can mean, and
// beanIDs where those stand; the first bean is that of all other names.
var beans, beanIDs = allBeans()

func allBeans() (all []bean, ids map[string]uint16) {
	all, ids = make([]bean, 1), map[string]uint16{}
	add := func(prefix, method string) {
		rest, ok := strings.CutPrefix(method, prefix)
		if !ok || rest == "" {
			return
		}
		for _, name := range [...]string{rest, strings.ToLower(rest[:1]) + rest[1:]} { // the first letter in either case
			ids[name] = uint16(len(all))
			all = append(all, bean{beanMethod("get", name), beanMethod("is", name), loopFactOf(name)})
		}
	}
	for method := range methodNames {
		add("get", method)
		add("is", method)
	}
	return all, ids
}

// beanMethod finds getname or getName; the second form changes the case of the
// first letter.
func beanMethod(prefix, name string) methodID {
	if id, ok := methodNames[prefix+name]; ok {
		return id
	}
	c := name[0]
	switch {
	case c >= 'a' && c <= 'z':
		c -= 'a' - 'A'
	case c >= 'A' && c <= 'Z':
		c += 'a' - 'A'
	}
	return methodNames[prefix+string(c)+name[1:]]
}

// property is .name on a value: a getter, else a key of a map, else an is-method.
func (st *state) property(p *syntax.Property, on Value) Value {
	b := &beans[p.ID]
	if m, ok := on.o.(*nodeMap); ok && b.getter != mGetClass {
		st.lookIn(m.Node)
		n, _ := m.Node.Get(p.Name)
		return st.fromNode(n)
	}
	if b.getter == mGetClass {
		return st.bean(p, b, on)
	}
	switch o := on.o.(type) {
	case *contextMap:
		v, _ := o.get(st, stringValue(p.Name))
		return v
	case *scope:
		if b.loop != factNone {
			return o.fact(st, b.loop)
		}
		v, _ := o.get(st, stringValue(p.Name))
		return v
	case mapping:
		v, _ := o.get(st, stringValue(p.Name))
		return v
	}
	return st.bean(p, b, on)
}

// bean tries the getters, which maps have none of but getClass.
func (st *state) bean(p *syntax.Property, b *bean, on Value) Value {
	st.at = int(p.Start)
	switch on.o.(type) {
	case *array:
		if b.getter != mGetClass {
			return Value{}
		}
	case *classRef:
		if b.getter != mGetName {
			return Value{}
		}
	}
	if b.getter != mNone {
		if v, ok := st.invoke(on, b.getter, nil); ok || st.done {
			return v
		}
	}
	if b.is != mNone {
		if v, ok := st.invoke(on, b.is, nil); ok && v.k == kBool {
			return v
		}
	}
	return Value{}
}

// assignProperty is #set($x.name = v): put, on whatever has it.
func (st *state) assignProperty(name string, on, v Value) {
	switch o := on.o.(type) {
	case mapping:
		o.put(st, stringValue(name), v)
	case *entry:
		if name == "value" || name == "Value" {
			o.m.put(st, o.key, v)
			o.val = v
		}
	}
}

// call is .name(arguments).
func (st *state) call(s *syntax.Call, on Value) Value {
	var room [4]Value
	args := room[:0]
	for _, a := range s.Args {
		v := st.value(a)
		if st.done {
			return Value{}
		}
		args = append(args, v)
	}
	if methodID(s.ID) == mNone {
		return Value{}
	}
	if !st.spendCall(on, args) {
		return Value{}
	}
	st.at = int(s.Start)
	if s.Bound != nil {
		if in, ok := on.o.(*inputObject); ok {
			return in.read(s, args[0])
		}
	}
	v, _ := st.invoke(on, methodID(s.ID), args)
	return v
}

// callWork is the work of a call beside what it does with its values.
const callWork = 12

// spendCall pays for a call, and for looking through its texts.
func (st *state) spendCall(on Value, args []Value) bool {
	n := 0
	if on.k == kString {
		n = len(on.s)
	}
	for i := range args {
		if args[i].k == kString {
			n += len(args[i].s)
		}
	}
	return st.spend(callWork + n>>3)
}

func outOfBounds(i, size int) string {
	return "java.lang.IndexOutOfBoundsException: Index " + strconv.Itoa(i) + " out of bounds for length " + strconv.Itoa(size)
}

// Arguments, as Java converts them: an int parameter takes the boxes of int
// and of what is smaller; a long or double parameter takes an int as well.

func isInt(v Value) bool { return v.k >= kByte && v.k <= kInt }

func isLong(v Value) bool { return v.k >= kByte && v.k <= kLong }

func isDouble(v Value) bool {
	return isLong(v) || v.k == kFloat || v.k == kDouble
}

func asDouble(v Value) float64 {
	if v.k == kFloat || v.k == kDouble {
		return v.float()
	}
	return float64(v.n)
}

// isText holds for a String parameter; null is one.
func isText(v Value) bool { return v.k == kString || v.k == kNull }

const nullPointer = "java.lang.NullPointerException: null"

// nonNull throws for a null where Java would use it.
func nonNull(st *state, args ...Value) bool {
	for _, a := range args {
		if a.k == kNull {
			st.throw(nullPointer)
			return false
		}
	}
	return true
}
