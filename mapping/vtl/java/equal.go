package java

import (
	"math"
	"strings"
	"unicode/utf16"
)

// equal is Java's equals: the same type and the same content; lists and maps
// compare with any other list or map, of whatever class.
//
// Source: the Java SE 17 API, List.equals and Map.equals. An array is equal to itself
// alone, because it inherits Object.equals.
func (vm *VM) equal(a, b Value) bool {
	if a.Kind != Object || b.Kind != Object {
		if vm != nil {
			vm.Spend(1 + len(a.Str())>>5)
		}
		return equalScalars(a, b)
	}
	if a.Obj == b.Obj {
		return true
	}
	if vm == nil {
		return false
	}
	if vm.Spend(2 * StepWork); vm.Done {
		return false
	}
	if vm.printing++; vm.printing > MaxPrintDepth {
		vm.Throw("java.lang.StackOverflowError: null")
		return false
	}
	defer func() { vm.printing-- }()
	switch x := a.Obj.(type) {
	case *array:
		return false
	case *nodeList:
		if y, ok := b.Obj.(*nodeList); ok && x.Node == y.Node {
			return true
		}
		return vm.equalLists(x, b)
	case Sequence:
		return vm.equalLists(x, b)
	case *nodeMap:
		if y, ok := b.Obj.(*nodeMap); ok && x.Node == y.Node {
			return true
		}
		return vm.equalMaps(x, b)
	case Mapping:
		return vm.equalMaps(x, b)
	case *view:
		return vm.equalViews(x, b)
	case *entry:
		y, ok := b.Obj.(*entry)
		return ok && vm.equal(x.key, y.key) && vm.equal(x.val, y.val)
	case *classRef:
		y, ok := b.Obj.(*classRef)
		return ok && x.name == y.name
	}
	return false
}

// equalScalars is equals of what is no object: 1 and 1L differ, for Integer.equals
// wants an Integer.
func equalScalars(a, b Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case String:
		return a.Str() == b.Str()
	case Big:
		return a.big().Cmp(b.big()) == 0
	case Decimal:
		// Source: BigDecimal.equals also compares the scale, so that 2.0 is not 2.00.
		x, y := a.decimal(), b.decimal()
		return x.scale == y.scale && x.unscaled.Cmp(y.unscaled) == 0
	case Double, Float:
		// Source: Double.equals compares bits, of which it has one not-a-number: that
		// equals itself, and 0.0 is not -0.0.
		return a.Num == b.Num || math.IsNaN(a.float()) && math.IsNaN(b.float())
	case Object:
		return false
	}
	return a.Num == b.Num
}

// equalLists compares by equals, element by element: [1] and [1.0] differ, though ==
// takes 1 and 1.0 for the same.
//
// Source: the Java SE 17 API, List.equals.
func (vm *VM) equalLists(x Sequence, b Value) bool {
	y, ok := b.Obj.(Sequence)
	if _, isArray := b.Obj.(*array); !ok || isArray || x.size() != y.size() {
		return false
	}
	for i := 0; i < x.size(); i++ {
		if !vm.Spend(StepWork) || !vm.equal(x.at(vm, i), y.at(vm, i)) {
			return false
		}
	}
	return true
}

// equalMaps does not ask for the order: a payload's object equals a template's map of the
// same members.
func (vm *VM) equalMaps(x Mapping, b Value) bool {
	y, ok := b.Obj.(Mapping)
	if !ok || x.Size() != y.Size() {
		return false
	}
	same := true
	vm.each(x, func(key, val Value) {
		if same {
			other, ok := y.Get(vm, key)
			same = ok && vm.equal(val, other)
		}
	})
	return same
}

// equalViews compares sets by content; the values of a map equal nothing else,
// because HashMap.Values inherits Object.equals.
func (vm *VM) equalViews(x *view, b Value) bool {
	y, ok := b.Obj.(*view)
	if ok && x.part == y.part && x.m == y.m {
		return true
	}
	if !ok || x.part != y.part || x.part == partValues || x.m.Size() != y.m.Size() {
		return false
	}
	if x.part == partEntries {
		return vm.equalMaps(x.m, ObjectValue(y.m))
	}
	same := true
	vm.each(x.m, func(key, _ Value) {
		if same {
			_, same = y.m.Get(vm, key)
		}
	})
	return same
}

// LooseEqual is the operator ==: numbers compare by value whatever their classes, objects
// of related classes by equals, and all else by what toString gives.
//
// Source: ASTEQNode.evaluate of Velocity 1.7.
func (vm *VM) LooseEqual(a, b Value) bool {
	if a.IsSmall() && b.IsSmall() {
		return a.Num == b.Num
	}
	if a.IsNumber() && b.IsNumber() {
		if !vm.SpendMath(a, b) {
			return false
		}
		order, exception := CompareNumbers(a, b)
		if exception != "" {
			vm.Throw(exception)
		}
		return order == 0
	}
	if a.Kind == String && b.Kind == String {
		return len(a.Str()) == len(b.Str()) && vm.Touch(len(a.Str())) && a.Str() == b.Str()
	}
	if a.Kind != Null && b.Kind != Null && related(a, b) {
		return vm.equal(a, b)
	}
	x, okX := vm.TextOrNull(a)
	y, okY := vm.TextOrNull(b)
	return okX == okY && x == y
}

// TextOrNull is toString where that can be null.
func (vm *VM) TextOrNull(v Value) (string, bool) {
	if v.Kind == Null {
		return "", false
	}
	if n, ok := v.Obj.(Nullable); ok && n.IsNull() {
		return "", false
	}
	return vm.Text(v), true
}

// related holds when one value's class is that of the other or above it.
//
// A payload's array is an ArrayList and a HashMap is above LinkedHashMap, so that ==
// compares a payload with literals by content.
func related(a, b Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	if a.Kind != Object {
		return true
	}
	return classOf(a.Obj).relatedTo(classOf(b.Obj))
}

// hash is Java's hashCode. It decides where a key stands in a HashMap, and with that
// in which order a template meets it.
//
// Source: the Java SE 17 API, hashCode of each class.
func (vm *VM) hash(v Value) int32 {
	switch v.Kind {
	case Bool:
		if v.bool() {
			return 1231
		}
		// Source: the Java SE 17 API, Boolean.hashCode.
		return 1237
	case Byte, Short, Int, Char:
		return int32(v.Num)
	case Long, Double:
		return int32(v.Num ^ int64(uint64(v.Num)>>32))
	case Float:
		return int32(math.Float32bits(float32(v.float())))
	case Big:
		vm.spendText(v)
		return hashBig(v)
	case Decimal:
		vm.spendText(v)
		d := v.decimal()
		return 31*hashBig(BigValue(d.unscaled)) + int32(d.scale)
	case String:
		if vm != nil {
			vm.Spend(len(v.Str()) >> 3)
		}
		return hashString(v.Str())
	case Object:
		return vm.hashObject(v)
	}
	return 0
}

// hashBig goes over the 32-bit words of the magnitude from the highest on.
//
// Source: BigInteger.hashCode of OpenJDK 17.
func hashBig(v Value) int32 {
	n := v.big()
	h := int32(0)
	bytes := n.Bytes()
	for len(bytes)%4 != 0 {
		bytes = append([]byte{0}, bytes...)
	}
	for i := 0; i < len(bytes); i += 4 {
		h = 31*h + int32(uint32(bytes[i])<<24|uint32(bytes[i+1])<<16|uint32(bytes[i+2])<<8|uint32(bytes[i+3]))
	}
	return h * int32(n.Sign())
}

// hashString is s[0]*31^(n-1) + … + s[n-1] over the UTF-16 units.
//
// Source: the Java SE 17 API, String.hashCode.
func hashString(s string) int32 {
	h := int32(0)
	for _, r := range s {
		if r < 0x10000 {
			h = 31*h + r
			continue
		}
		hi, lo := utf16.EncodeRune(r)
		h = 31*(31*h+hi) + lo
	}
	return h
}

// hashObject is of the content as far as equals is; a list that holds itself overflows
// the stack, in Java too.
func (vm *VM) hashObject(v Value) int32 {
	if vm == nil {
		return 0
	}
	if vm.Spend(2 * StepWork); vm.Done {
		return 0
	}
	if vm.printing++; vm.printing > MaxPrintDepth {
		vm.Throw("java.lang.StackOverflowError: null")
		return 0
	}
	defer func() { vm.printing-- }()
	h := int32(0)
	switch o := v.Obj.(type) {
	case *array:
	case Sequence:
		// Source: the Java SE 17 API, List.hashCode, 31*h + the element's from 1 on; a
		// map's is the sum of its entries', which is the same in any order.
		h = 1
		for i := 0; i < o.size() && !vm.Done; i++ {
			vm.Spend(StepWork)
			h = 31*h + vm.hash(o.at(vm, i))
		}
		return h
	case Mapping:
		vm.each(o, func(key, val Value) { h += vm.hash(key) ^ vm.hash(val) })
		return h
	case *entry:
		return vm.hash(o.key) ^ vm.hash(o.val)
	case *view:
		if o.part != partValues {
			items, _ := vm.elementsOf(v)
			for _, item := range items {
				h += vm.hash(item)
			}
			return h
		}
	}
	// In Java it is where the object lies in memory, another number in every run.
	return hashString(strings.TrimPrefix(className(v), "java"))
}
