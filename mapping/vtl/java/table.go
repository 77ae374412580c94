package java

import (
	"slices"
	"strings"
)

// The methods of a class are a table: a row for each name and list of parameters. A
// call takes the first row whose parameters take its arguments, as Java does. Arguments
// are never converted beyond what Java's own calls do, so a method given a number where
// it takes a string does not exist.
//
// Source: MethodMap.find of Velocity 1.7.

// row is a method of a class.
type row struct {
	name   string
	params string // a letter for each parameter, see takes; * at the end: any number more
	// call is handed what params take. It answers ok false when there is no such method
	// after all. One without a result answers "". A row without call is a method that
	// Java has and templates cannot use.
	call func(vm *VM, on Value, args []Value) (v Value, ok bool)
}

// numbered is a row that stands where it is found.
type numbered struct {
	row
	strict bool // some parameter does not survive null
}

// takes tells whether a parameter takes an argument. An int parameter takes the boxes
// of int and of what is smaller; a long or double parameter takes an int as well.
func takes(param byte, v Value) bool {
	switch param {
	case 'o': // Object
		return true
	case 's', 'S': // String: null is one, which a method with s does not survive
		return v.Kind == String || v.Kind == Null
	case 'B': // BigInteger, the same
		return v.Kind == Big || v.Kind == Null
	case 'D': // BigDecimal, the same
		return v.Kind == Decimal || v.Kind == Null
	case 'i': // int
		return isInt(v)
	case 'l': // long
		return isLong(v)
	case 'd': // double
		return isDouble(v)
	case 'f': // float
		return isDouble(v) && v.Kind != Double
	case 'b': // boolean
		return v.Kind == Bool
	case 'c': // char
		return v.Kind == Char
	}
	return false
}

// takes tells whether a row takes the arguments of a call.
//
// Source: IntrospectionUtils.isMethodInvocationConvertible of Velocity 1.7, which lets
// null stand for any object and an Integer for no String.
func (r *row) takes(args []Value) bool {
	n := len(r.params)
	if n > 0 && r.params[n-1] == '*' {
		if n--; len(args) < n {
			return false
		}
	} else if len(args) != n {
		return false
	}
	for i := range n {
		if !takes(r.params[i], args[i]) {
			return false
		}
	}
	return true
}

// survives throws for a null where Java would use it.
func (r *numbered) survives(vm *VM, args []Value) bool {
	for i := range args {
		if args[i].Kind != Null || i >= len(r.params) {
			continue
		}
		if c := r.params[i]; c == 's' || c == 'B' || c == 'D' {
			vm.Throw(NullPointer)
			return false
		}
	}
	return true
}

// table has the rows of a class by the number of the method.
type table [][]numbered

// newTable numbers rows. Those of several lists, of a class and those above it, stand
// one behind the other.
func newTable(lists ...[]row) table {
	t := make(table, len(methodNames)+1)
	for _, r := range slices.Concat(lists...) {
		m := MethodNamed(r.name)
		t[m] = append(t[m], numbered{r, strings.ContainsAny(r.params, "sBD")})
	}
	return t
}

// call calls a method of the class.
func (t table) call(vm *VM, on Value, m Method, args []Value) (Value, bool) {
	rows := t[m]
	for i := range rows {
		r := &rows[i]
		if r.call == nil || !r.takes(args) {
			continue
		}
		if r.strict && !r.survives(vm, args) {
			return Value{}, false
		}
		if v, ok := r.call(vm, on, args); ok || vm.Done {
			return v, ok
		}
	}
	return Value{}, false
}

// bare tells whether the class has the method without parameters.
func (t table) bare(m Method) bool {
	return slices.ContainsFunc(t[m], func(r numbered) bool { return r.params == "" })
}

// nothing is a method that templates do not find, but that fails of null.
func nothing(*VM, Value, []Value) (Value, bool) { return Value{}, false }

// absent are rows of methods that Java has and templates cannot use.
func absent(names ...string) []row {
	rows := make([]row, len(names))
	for i, name := range names {
		rows[i].name = name
	}
	return rows
}
