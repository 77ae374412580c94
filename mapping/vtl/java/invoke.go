package java

import "math/big"

// Invoke calls a Java method. It reports false when the value has no such
// method for these arguments. A method without a result answers "".
//
// Arguments are never converted beyond what Java's own calls do, so a method
// given a number where it takes a string does not exist.
//
// Source: ASTMethod.execute of Velocity 1.7: a void method answers "", and one that
// throws ends the rendering with a MethodInvocationException.
func (vm *VM) Invoke(on Value, m Method, args []Value) (Value, bool) {
	var v Value
	var ok bool
	if on.Kind != Object {
		v, ok = scalarTables[on.Kind].call(vm, on, m, args)
	} else {
		switch o := on.Obj.(type) {
		case *nodeMap, *Dict: // nearly always
			v, ok = hashMapTable.call(vm, on, m, args)
		case *classRef:
			return vm.classMethod(o, m, args)
		default:
			v, ok = vm.invokeObject(on, m, args)
		}
	}
	if ok || vm.Done {
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

// scalarTables are the methods of what is no object.
var scalarTables = [Object]table{
	Bool:    newTable(boolRows),
	Byte:    newTable(shortRows(Byte, 8), boxRows),
	Short:   newTable(shortRows(Short, 16), boxRows),
	Int:     newTable(intRows, boxRows),
	Long:    newTable(longRows, boxRows),
	Big:     newTable(bigRows, bigAbsent),
	Float:   newTable(floatRows, boxRows),
	Double:  newTable(doubleRows, boxRows),
	Decimal: newTable(decimalRows, decimalAbsent),
	Char:    newTable(charRows),
	String:  newTable(stringRows, stringAbsent),
	Null:    newTable(),
}

// The methods of Java's own objects.
var (
	listTable      = newTable(listRows)
	arrayListTable = newTable(listRows, arrayListRows)
	jsonArrayTable = newTable(listRows, arrayListRows, jsonArrayRows)
	arrayTable     = newTable(arrayRows, listRows)
	mapTable       = newTable(mapRows)
	hashMapTable   = newTable(mapRows, hashMapRows)
	viewTable      = newTable(viewRows)
	entryTable     = newTable(entryRows)
	walkerTable    = newTable(walkerRows)
	noTable        = newTable()
)

// tableOf is the table of a value's class. What has methods of its own has none here.
func tableOf(v Value) table {
	if v.Kind != Object {
		return scalarTables[v.Kind]
	}
	switch v.Obj.(type) {
	case *nodeMap, *Dict:
		return hashMapTable
	case *nodeList:
		return jsonArrayTable
	case *List:
		return arrayListTable
	case *array:
		return arrayTable
	case Sequence:
		return listTable
	case Mapping:
		return hashMapTable
	case *view:
		return viewTable
	case *entry:
		return entryTable
	case *Walker:
		return walkerTable
	}
	return noTable
}

// InvokeMap calls a method of java.util.HashMap.
func InvokeMap(vm *VM, m Mapping, method Method, args []Value) (Value, bool) {
	return hashMapTable.call(vm, ObjectValue(m), method, args)
}

// BareOfMap tells the methods of java.util.Map that have no parameters.
func BareOfMap(m Method) bool { return mapTable.bare(m) }

// invokeObject calls a method that the class of an object has itself.
func (vm *VM) invokeObject(on Value, m Method, args []Value) (Value, bool) {
	switch o := on.Obj.(type) {
	case Receiver:
		return o.Invoke(vm, m, args)
	case Sequence:
		if stale(o) {
			vm.Throw(changedWhileWalked)
			return Value{}, false
		}
	}
	return tableOf(on).call(vm, on, m, args)
}

// bare reports whether the value has the method without parameters. Velocity finds one
// for a call with any number of arguments, and the call then fails.
//
// Source: MethodMap.isApplicable of Velocity 1.7 takes no parameters for any number of
// them.
func bare(on Value, m Method) bool {
	switch m {
	case getClass, hashCode, toString, notifyAll:
		return true
	}
	if r, ok := on.Obj.(Receiver); ok {
		return r.Bare(m)
	}
	return tableOf(on).bare(m)
}

// invokeAny calls what every Java object has.
//
// Source: the Java SE 17 API, java.lang.Object. wait and notify are of no use to a
// template, which has no other thread to wait for.
func (vm *VM) invokeAny(on Value, m Method, args []Value) (Value, bool) {
	switch {
	case m == toString && len(args) == 0:
		s, ok := vm.TextOrNull(on)
		if !ok {
			return Value{}, true
		}
		return vm.Made(s), true
	case m == equals && len(args) == 1:
		return BoolValue(vm.equal(on, args[0])), true
	case m == hashCode && len(args) == 0:
		return IntValue(vm.hash(on)), true
	case m == getClass && len(args) == 0:
		return vm.NewObject(&classRef{className(on), sample(on)}, classSize), true
	case m == notifyAll && len(args) == 0:
		vm.Throw("java.lang.IllegalMonitorStateException: current thread is not owner")
	case m == compareTo && len(args) == 1 && on.Kind != Object:
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
	case nil, *byte:
		return Value{Kind: v.Kind}
	default:
		_ = o
		return Value{}
	}
}

// classMethod calls a method through getClass: its name and the static methods
// of the class that it names. Any other method of that class fails, for a
// class is no instance of it.
//
// Source: UberspectImpl.getMethod of Velocity 1.7 looks for a method of java.lang.Class
// first, and then for one of the class that the object stands for.
func (vm *VM) classMethod(c *classRef, m Method, args []Value) (Value, bool) {
	if m == getName && len(args) == 0 {
		return StringValue(c.name), true
	}
	v, ok := vm.Invoke(c.of, m, args)
	if !ok || vm.Done {
		return Value{}, false
	}
	if static[m] {
		return v, true
	}
	vm.Throw("java.lang.IllegalArgumentException: object is not an instance of declaring class")
	return Value{}, false
}

// remove takes the element given last out of what is walked over.
//
// Source: the Java SE 17 API, Iterator.remove: once for each next, and the one change
// that the walk survives.
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
