package vtl

import "math/big"

// invoke calls a Java method. It reports false when the value has no such
// method for these arguments. A method without a result answers "".
//
// Arguments are never converted beyond what Java's own calls do, so a method
// given a number where it takes a string does not exist.
func (st *state) invoke(on Value, m methodID, args []Value) (Value, bool) {
	v, ok := st.invokeOwn(on, m, args)
	if _, isClass := on.o.(*classRef); ok || st.done || isClass {
		return v, ok
	}
	if v, ok = st.invokeAny(on, m, args); ok || st.done {
		return v, ok
	}
	if len(args) > 0 && bare(on, m) {
		st.throw("java.lang.IllegalArgumentException: wrong number of arguments")
	}
	return Value{}, false
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
		if f := loopMethod(m); f != factNone && len(args) == 0 {
			return o.fact(st, f), true
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
		return st.classMethod(o, m, args)
	}
	return Value{}, false
}

// invokeAny calls what every Java object has.
func (st *state) invokeAny(on Value, m methodID, args []Value) (Value, bool) {
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
		return st.newObject(&classRef{className(on), sample(on)}, classSize), true
	case m == mNotifyAll && len(args) == 0:
		st.throw("java.lang.IllegalMonitorStateException: current thread is not owner")
	case m == mCompareTo && len(args) == 1 && on.k != kObject:
		st.notComparable(on, args[0])
	}
	return Value{}, false
}

// notComparable fails a comparison with a value of another class.
func (st *state) notComparable(on, with Value) {
	if nonNull(st, with) {
		st.throw("java.lang.ClassCastException: class " + className(with) + " cannot be cast to class " + className(on))
	}
}

// sample is a value of the same class to look methods up on.
func sample(v Value) Value {
	switch o := v.o.(type) {
	case *list, *nodeList, *subList:
		return objectValue(&list{})
	case mapping:
		return objectValue(&dict{})
	case *big.Int, *decimal:
		return v
	case nil:
		return Value{k: v.k}
	default:
		_ = o
		return Value{}
	}
}

// classMethod calls a method through getClass: its name and the static methods
// of the class that it names. Any other method of that class fails, for a
// class is no instance of it.
func (st *state) classMethod(c *classRef, m methodID, args []Value) (Value, bool) {
	if m == mGetName && len(args) == 0 {
		return stringValue(c.name), true
	}
	v, ok := st.invoke(c.of, m, args)
	if !ok || st.done {
		return Value{}, false
	}
	switch m {
	case mParseInt, mParseLong, mParseDouble, mParseFloat, mParseBoolean, mValueOf, mToHexString, mToBinaryString,
		mToOctalString, mMax, mMin, mSum, mCompare, mSignum, mFormat, mJoin, mBitCount, mLogicalAnd, mLogicalOr, mLogicalXor:
		return v, true
	}
	st.throw("java.lang.IllegalArgumentException: object is not an instance of declaring class")
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
		w.hasNode = false
		w.seq.removeAt(st, w.i)
		w.version = w.seq.version()
	case w.m != nil && w.last.k != kNull:
		w.m.del(st, w.last)
		w.version = w.m.version()
		if w.order == nil && w.i > 0 {
			w.i--
		}
		if m, ok := w.m.(*nodeMap); ok {
			w.again(st, m)
		}
		w.count--
		w.last = Value{}
	default:
		st.throw("java.lang.IllegalStateException: null")
	}
}
