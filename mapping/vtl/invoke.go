package vtl

import "unicode/utf8"

// invoke calls a Java method. It reports false when the value has no such
// method for these arguments. A method without a result answers "".
//
// Arguments are never converted beyond what Java's own calls do, so a method
// given a number where it takes a string does not exist.
func (st *state) invoke(on Value, m methodID, args []Value) (Value, bool) {
	v, ok := st.invokeOwn(on, m, args)
	if ok || st.done {
		return v, ok
	}
	return st.invokeAny(on, m, args)
}

func (st *state) invokeOwn(on Value, m methodID, args []Value) (Value, bool) {
	switch on.k {
	case kString:
		return st.stringMethod(on.s, m, args)
	case kBool:
		return st.boolMethod(on, m, args)
	case kByte, kShort, kInt, kLong, kFloat, kDouble:
		return st.numberMethod(on, m, args)
	case kBig:
		return st.bigMethod(on, m, args)
	case kDecimal:
		return st.decimalMethod(on, m, args)
	case kChar:
		return st.charMethod(on, m, args)
	}
	switch o := on.o.(type) {
	case *array:
		return st.arrayMethod(o, m, args)
	case sequence:
		return st.listMethod(o, m, args)
	case *scope:
		if v, ok := o.method(st, m, args); ok {
			return v, ok
		}
		return st.mapMethod(o, m, args)
	case mapping:
		return st.mapMethod(o, m, args)
	case *view:
		return st.viewMethod(o, m, args)
	case *entry:
		return st.entryMethod(o, m, args)
	case *walker:
		return st.walkerMethod(o, m, args)
	case *inputObject:
		return o.method(st, m, args)
	case *utilObject:
		return st.utilMethod(m, args)
	case *classRef:
		if m == mGetName && len(args) == 0 {
			return stringValue(o.name), true
		}
		return Value{}, false
	}
	return Value{}, false
}

// invokeAny calls what every Java object has.
func (st *state) invokeAny(on Value, m methodID, args []Value) (Value, bool) {
	if _, ok := on.o.(*classRef); ok {
		return Value{}, false
	}
	switch {
	case m == mToString && len(args) == 0:
		s, ok := st.textOrNull(on)
		if !ok {
			return Value{}, true
		}
		return st.made(s), true
	case m == mEquals && len(args) == 1:
		return boolValue(st.equal(on, args[0])), true
	case m == mHashCode && len(args) == 0:
		return intValue(st.hash(on)), true
	case m == mGetClass && len(args) == 0:
		return objectValue(&classRef{className(on)}), true
	}
	return Value{}, false
}

func (st *state) entryMethod(e *entry, m methodID, args []Value) (Value, bool) {
	switch {
	case m == mGetKey && len(args) == 0:
		return e.key, true
	case m == mGetValue && len(args) == 0:
		return e.val, true
	case m == mSetValue && len(args) == 1:
		old := e.val
		e.val = args[0]
		e.m.put(st, e.key, args[0])
		return old, true
	}
	return Value{}, false
}

func (st *state) walkerMethod(w *walker, m methodID, args []Value) (Value, bool) {
	switch {
	case m == mHasNext && len(args) == 0:
		return boolValue(w.has()), true
	case m == mNext && len(args) == 0:
		return w.next(st), true
	case m == mRemove && len(args) == 0:
		w.remove(st)
		return stringValue(""), true
	}
	return Value{}, false
}

// remove takes the element given last out of what is walked over.
func (w *walker) remove(st *state) {
	switch {
	case w.seq != nil && w.i > 0:
		w.i--
		w.seq.removeAt(st, w.i)
		w.version = w.seq.version()
	case w.m != nil && w.last.k != kNull:
		w.m.del(st, w.last)
		w.version = w.m.version()
		if w.order == nil && w.i > 0 {
			w.i--
		}
		w.count--
		w.last = Value{}
	default:
		st.throw("java.lang.IllegalStateException: null")
	}
}

func (s *scope) method(st *state, m methodID, args []Value) (Value, bool) {
	if len(args) != 0 {
		return Value{}, false
	}
	name := ""
	switch m {
	case mGetIndex, mGetCount, mGetHasNext, mGetFirst, mGetLast, mGetParent, mGetTopmost, mGetReplaced, mGetInfo:
		name = methodName(m)[len("get"):]
	case mIsFirst, mIsLast:
		name = methodName(m)[len("is"):]
	case mHasNext:
		name = "hasNext"
	default:
		return Value{}, false
	}
	return s.property(st, name)
}

func methodName(m methodID) string {
	for name, id := range methodNames {
		if id == m {
			return name
		}
	}
	return ""
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
