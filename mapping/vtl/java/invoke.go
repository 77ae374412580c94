package java

import "math/big"

// Invoke calls a Java method. It reports false when the value has no such
// method for these arguments. A method without a result answers "".
//
// Arguments are never converted beyond what Java's own calls do, so a method
// given a number where it takes a string does not exist.
func (vm *VM) Invoke(on Value, m Method, args []Value) (Value, bool) {
	v, ok := vm.invokeOwn(on, m, args)
	if _, isClass := on.Obj.(*classRef); ok || vm.Done || isClass {
		return v, ok
	}
	if v, ok = vm.invokeAny(on, m, args); ok || vm.Done {
		return v, ok
	}
	if len(args) > 0 && bare(on, m) {
		vm.Throw("java.lang.IllegalArgumentException: wrong number of arguments")
	}
	return Value{}, false
}

func (vm *VM) invokeOwn(on Value, m Method, args []Value) (Value, bool) {
	switch on.Kind {
	case String:
		return vm.stringMethod(on.Str, m, args)
	case Bool:
		return vm.boolMethod(on, m, args)
	case Byte, Short, Int, Long, Float, Double:
		return vm.numberMethod(on, m, args)
	case Big:
		return vm.bigMethod(on, m, args)
	case Decimal:
		return vm.decimalMethod(on, m, args)
	case Char:
		return vm.charMethod(on, m, args)
	}
	switch o := on.Obj.(type) {
	case *array:
		return vm.arrayMethod(o, m, args)
	case Sequence:
		return vm.listMethod(o, m, args)
	case *nodeMap:
		return vm.MapMethod(o, m, args)
	case Receiver:
		return o.Invoke(vm, m, args)
	case Mapping:
		return vm.MapMethod(o, m, args)
	case *view:
		return vm.viewMethod(o, m, args)
	case *entry:
		return vm.entryMethod(o, m, args)
	case *Walker:
		return vm.walkerMethod(o, m, args)
	case *classRef:
		return vm.classMethod(o, m, args)
	}
	return Value{}, false
}

// invokeAny calls what every Java object has.
func (vm *VM) invokeAny(on Value, m Method, args []Value) (Value, bool) {
	switch {
	case m == mToString && len(args) == 0:
		s, ok := vm.TextOrNull(on)
		if !ok {
			return Value{}, true
		}
		return vm.Made(s), true
	case m == mEquals && len(args) == 1:
		return BoolValue(vm.equal(on, args[0])), true
	case m == mHashCode && len(args) == 0:
		return IntValue(vm.hash(on)), true
	case m == mGetClass && len(args) == 0:
		return vm.NewObject(&classRef{className(on), sample(on)}, classSize), true
	case m == mNotifyAll && len(args) == 0:
		vm.Throw("java.lang.IllegalMonitorStateException: current thread is not owner")
	case m == mCompareTo && len(args) == 1 && on.Kind != Object:
		vm.notComparable(on, args[0])
	}
	return Value{}, false
}

// notComparable fails a comparison with a value of another class.
func (vm *VM) notComparable(on, with Value) {
	if NonNull(vm, with) {
		vm.Throw("java.lang.ClassCastException: class " + className(with) + " cannot be cast to class " + className(on))
	}
}

// sample is a value of the same class to look methods up on.
func sample(v Value) Value {
	switch o := v.Obj.(type) {
	case *List, *nodeList, *subList:
		return ObjectValue(&List{})
	case Mapping:
		return ObjectValue(&Dict{})
	case *big.Int, *decimal:
		return v
	case nil:
		return Value{Kind: v.Kind}
	default:
		_ = o
		return Value{}
	}
}

// classMethod calls a method through getClass: its name and the static methods
// of the class that it names. Any other method of that class fails, for a
// class is no instance of it.
func (vm *VM) classMethod(c *classRef, m Method, args []Value) (Value, bool) {
	if m == mGetName && len(args) == 0 {
		return StringValue(c.name), true
	}
	v, ok := vm.Invoke(c.of, m, args)
	if !ok || vm.Done {
		return Value{}, false
	}
	switch m {
	case mParseInt, mParseLong, mParseDouble, mParseFloat, mParseBoolean, mValueOf, mToHexString, mToBinaryString,
		mToOctalString, mMax, mMin, mSum, mCompare, mSignum, mFormat, mJoin, mBitCount, mLogicalAnd, mLogicalOr, mLogicalXor:
		return v, true
	}
	vm.Throw("java.lang.IllegalArgumentException: object is not an instance of declaring class")
	return Value{}, false
}

func (vm *VM) entryMethod(e *entry, m Method, args []Value) (Value, bool) {
	switch {
	case m == mGetKey && len(args) == 0:
		return e.key, true
	case m == mGetValue && len(args) == 0:
		return e.val, true
	case m == mSetValue && len(args) == 1:
		old := e.val
		e.val = args[0]
		e.m.Put(vm, e.key, args[0])
		return old, true
	}
	return Value{}, false
}

func (vm *VM) walkerMethod(w *Walker, m Method, args []Value) (Value, bool) {
	switch {
	case m == mHasNext && len(args) == 0:
		return BoolValue(w.Has()), true
	case m == mNext && len(args) == 0:
		return w.Next(vm), true
	case m == mRemove && len(args) == 0:
		w.remove(vm)
		return StringValue(""), true
	}
	return Value{}, false
}

// remove takes the element given last out of what is walked over.
func (w *Walker) remove(vm *VM) {
	switch {
	case w.seq != nil && w.i > 0:
		w.i--
		w.hasNode = false
		w.seq.removeAt(vm, w.i)
		w.version = w.seq.version()
	case w.m != nil && w.last.Kind != Null:
		w.m.Delete(vm, w.last)
		w.version = w.m.Version()
		if w.order == nil && w.i > 0 {
			w.i--
		}
		if m, ok := w.m.(*nodeMap); ok {
			w.again(vm, m)
		}
		w.count--
		w.last = Value{}
	default:
		vm.Throw("java.lang.IllegalStateException: null")
	}
}
