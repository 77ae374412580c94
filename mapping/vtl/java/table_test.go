package java

import (
	"strings"
	"testing"
)

// tables are all that are searched for methods.
func tables() map[string]table {
	all := map[string]table{
		"list": listTable, "ArrayList": arrayListTable, "JSONArray": jsonArrayTable, "array": arrayTable,
		"HashMap": hashMapTable, "view": viewTable, "entry": entryTable, "iterator": walkerTable,
	}
	for kind, t := range scalarTables {
		all[scalarNames[kind]] = t
	}
	return all
}

// A row that names a parameter which no argument fits, or that stands behind one which
// takes all of its calls, would never be found.
func TestRowsCanBeFound(t *testing.T) {
	for class, table := range tables() {
		for m, rows := range table {
			for i, r := range rows {
				if MethodNamed(r.name) != Method(m) {
					t.Errorf("%s: %s stands where %d is looked for", class, r.name, m)
				}
				if strings.Trim(strings.TrimSuffix(r.params, "*"), "sSBDildfbco") != "" {
					t.Errorf("%s.%s takes %q", class, r.name, r.params)
				}
				for _, before := range rows[:i] {
					if class != "array" && before.params == r.params {
						t.Errorf("%s.%s takes %q twice", class, r.name, r.params)
					}
				}
			}
		}
	}
}

func TestTakes(t *testing.T) {
	null, text, small, large, double := Value{}, StringValue("x"), IntValue(1), LongValue(1), DoubleValue(1)
	for _, c := range []struct {
		params string
		args   []Value
		want   bool
	}{
		{"", nil, true}, {"", []Value{text}, false}, {"o", []Value{null}, true}, {"o", nil, false},
		{"s", []Value{text}, true}, {"s", []Value{null}, true}, {"s", []Value{small}, false},
		{"i", []Value{small}, true}, {"i", []Value{large}, false}, {"i", []Value{{Kind: Byte}}, true},
		{"l", []Value{small}, true}, {"l", []Value{large}, true}, {"l", []Value{double}, false},
		{"d", []Value{small}, true}, {"d", []Value{double}, true}, {"f", []Value{double}, false}, {"f", []Value{small}, true},
		{"si", []Value{text, small}, true}, {"si", []Value{small, text}, false},
		{"*", nil, true}, {"*", []Value{text, null}, true}, {"s*", []Value{text, small}, true}, {"s*", nil, false},
	} {
		r := &row{params: c.params}
		if got := r.takes(c.args); got != c.want {
			t.Errorf("%q takes %v: got %v", c.params, c.args, got)
		}
	}
}

// A method is the first row that takes the arguments; one with a String parameter does
// not survive null.
func TestCall(t *testing.T) {
	vm := &VM{}
	vm.Start(Bounds{Output: 1000, Memory: 1 << 20, Elements: 1000}, 1_000_000, nil)
	call := func(on Value, name string, args ...Value) (string, bool) {
		v, ok := vm.Invoke(on, MethodNamed(name), args)
		return vm.Text(v), ok
	}
	for _, c := range []struct {
		on   Value
		name string
		args []Value
		want string
		ok   bool
	}{
		{StringValue("abc"), "substring", []Value{IntValue(1)}, "bc", true},
		{StringValue("abc"), "substring", []Value{IntValue(1), IntValue(2)}, "b", true},
		{StringValue("abc"), "substring", []Value{LongValue(1)}, "null", false},
		{IntValue(1), "parseInt", []Value{StringValue("ff"), IntValue(16)}, "255", true},
		{IntValue(1), "nope", nil, "null", false},
		{StringValue("abc"), "chars", nil, "null", false},
		{StringValue("abc"), "hashCode", nil, "96354", true},
	} {
		if got, ok := call(c.on, c.name, c.args...); got != c.want || ok != c.ok {
			t.Errorf("%s: got %q, %v, want %q, %v", c.name, got, ok, c.want, c.ok)
		}
	}
	if _, ok := call(StringValue("abc"), "concat", Value{}); ok || vm.Err == nil || vm.Err.Error() != NullPointer {
		t.Errorf("got %v, %v, want %s", ok, vm.Err, NullPointer)
	}
}
