package vtl

import "strconv"

// propertyStep is .name: a getter, else a key of a map, else an is-method.
type propertyStep struct {
	name   string
	key    Value
	getter methodID // the getX that the name stands for
	is     methodID // the isX
	offset int
}

func newProperty(name string, offset int) *propertyStep {
	p := &propertyStep{name: name, key: stringValue(name), offset: offset}
	p.getter = beanMethod("get", name)
	p.is = beanMethod("is", name)
	return p
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
	if p.getter == mNone {
		switch o := on.o.(type) {
		case *nodeMap:
			n, _ := o.Node.Get(p.name)
			return st.fromNode(n)
		case mapping:
			if s, ok := o.(*scope); ok {
				if v, ok := s.property(st, p.name); ok {
					return v
				}
			}
			v, _ := o.get(st, p.key)
			return v
		}
	}
	return p.applyBean(st, on)
}

func (p *propertyStep) applyBean(st *state, on Value) Value {
	st.at = p.offset
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
	switch o := on.o.(type) {
	case *scope:
		if v, ok := o.property(st, p.name); ok {
			return v
		}
		v, _ := o.get(st, p.key)
		return v
	case mapping:
		v, _ := o.get(st, p.key)
		return v
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
		o.put(st, p.key, v)
	case mapping:
		o.put(st, p.key, v)
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
}

func newCall(name string, offset int) *callStep {
	return &callStep{name: name, id: methodNames[name], offset: offset}
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
	st.tick()
	st.at = s.offset
	v, _ := st.invoke(on, s.id, args)
	return v
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
