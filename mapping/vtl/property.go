package vtl

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
)

// propertyStep is .name: a getter, else a key of a map, else an is-method.
type propertyStep struct {
	name   string
	getter methodID // the getX that the name stands for
	is     methodID // the isX
	loop   loopFact // what the name means on $foreach
	offset int32
}

func (p *propertyStep) key() Value { return stringValue(p.name) }

func newProperty(name string, offset int) propertyStep {
	p := propertyStep{name: name, offset: int32(offset)}
	if b, ok := beans[name]; ok {
		p.getter, p.is, p.loop = b.getter, b.is, b.loop
	}
	return p
}

// bean is what the name of a property can stand for.
type bean struct {
	getter, is methodID
	loop       loopFact
}

// beans holds the names that stand for more than a key of a map, with their
// first letter in either case.
var beans = allBeans()

func allBeans() map[string]bean {
	all := map[string]bean{}
	add := func(prefix, method string) {
		if rest, ok := strings.CutPrefix(method, prefix); ok && rest != "" {
			for _, name := range [...]string{rest, strings.ToLower(rest[:1]) + rest[1:]} {
				all[name] = bean{beanMethod("get", name), beanMethod("is", name), loopFactOf(name)}
			}
		}
	}
	for method := range methodNames {
		add("get", method)
		add("is", method)
	}
	return all
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

func (p *propertyStep) apply(st *state, on Value) Value {
	if m, ok := on.o.(*nodeMap); ok && p.getter != mGetClass {
		st.lookIn(m.Node)
		n, _ := m.Node.Get(p.name)
		return st.fromNode(n)
	}
	if p.getter != mGetClass {
		switch o := on.o.(type) {
		case *contextMap:
			v, _ := o.get(st, p.key())
			return v
		case *scope:
			if p.loop != factNone {
				return o.fact(st, p.loop)
			}
			v, _ := o.get(st, p.key())
			return v
		case mapping:
			v, _ := o.get(st, p.key())
			return v
		}
	}
	return p.applyBean(st, on)
}

// applyBean tries the getters, which maps have none of but getClass.
func (p *propertyStep) applyBean(st *state, on Value) Value {
	st.at = int(p.offset)
	switch on.o.(type) {
	case *array:
		if p.getter != mGetClass {
			return Value{}
		}
	case *classRef:
		if p.getter != mGetName {
			return Value{}
		}
	}
	if p.getter != mNone {
		if v, ok := st.invoke(on, p.getter, nil); ok || st.done {
			return v
		}
	}
	if p.is != mNone {
		if v, ok := st.invoke(on, p.is, nil); ok && v.k == kBool {
			return v
		}
	}
	return Value{}
}

// assign is #set($x.name = v): put, on whatever has it.
func (p *propertyStep) assign(st *state, on, v Value) {
	switch o := on.o.(type) {
	case *scope:
		o.put(st, p.key(), v)
	case mapping:
		o.put(st, p.key(), v)
	case *entry:
		if p.name == "value" || p.name == "Value" {
			o.m.put(st, o.key, v)
			o.val = v
		}
	}
}

// callStep is .name(arguments).
type callStep struct {
	name   string
	id     methodID
	args   []node
	offset int
	path   *jsonpath.Path // a literal argument of $input.path and json
}

func newCall(name string, offset int) callStep {
	return callStep{name: name, id: methodNames[name], offset: offset}
}

func (s *callStep) apply(st *state, on Value) Value {
	var room [4]Value
	args := room[:0]
	for _, a := range s.args {
		v := a.value(st)
		if st.done {
			return Value{}
		}
		args = append(args, v)
	}
	if s.id == mNone {
		return Value{}
	}
	if !st.spendCall(on, args) {
		return Value{}
	}
	st.at = s.offset
	if s.path != nil {
		if in, ok := on.o.(*inputObject); ok {
			return in.read(s, args[0])
		}
	}
	v, _ := st.invoke(on, s.id, args)
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

// prepare compiles what the arguments fix: a JSON path that stands in the
// template. A broken one is left to fail when it is reached.
func (s *callStep) prepare() {
	if len(s.args) != 1 || s.id != mPath && s.id != mJson {
		return
	}
	if c, ok := s.args[0].(*constNode); ok && c.v.k == kString && c.v.s != "$" {
		if p, err := jsonpath.Compile(c.v.s); err == nil {
			s.path = p
		}
	}
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
