package vtl

import (
	"math"
	"strings"
	"unicode/utf16"
)

// equal is Java's equals: the same type and the same content; lists and maps
// compare with any other list or map.
func (st *state) equal(a, b Value) bool {
	if a.k != kObject || b.k != kObject {
		if st != nil {
			st.spend(1 + len(a.s)>>5)
		}
		return equalScalars(a, b)
	}
	if a.o == b.o {
		return true
	}
	if st == nil {
		return false
	}
	if st.spend(2 * stepWork); st.done {
		return false
	}
	if st.printing++; st.printing > maxPrintDepth {
		st.throw("java.lang.StackOverflowError: null")
		return false
	}
	defer func() { st.printing-- }()
	switch x := a.o.(type) {
	case *array:
		return false
	case *nodeList:
		if y, ok := b.o.(*nodeList); ok && x.Node == y.Node {
			return true
		}
		return st.equalLists(x, b)
	case sequence:
		return st.equalLists(x, b)
	case *nodeMap:
		if y, ok := b.o.(*nodeMap); ok && x.Node == y.Node {
			return true
		}
		return st.equalMaps(x, b)
	case mapping:
		return st.equalMaps(x, b)
	case *view:
		return st.equalViews(x, b)
	case *entry:
		y, ok := b.o.(*entry)
		return ok && st.equal(x.key, y.key) && st.equal(x.val, y.val)
	case *classRef:
		y, ok := b.o.(*classRef)
		return ok && x.name == y.name
	}
	return false
}

func equalScalars(a, b Value) bool {
	if a.k != b.k {
		return false
	}
	switch a.k {
	case kString:
		return a.s == b.s
	case kBig:
		return a.big().Cmp(b.big()) == 0
	case kDecimal:
		x, y := a.decimal(), b.decimal()
		return x.scale == y.scale && x.unscaled.Cmp(y.unscaled) == 0
	case kDouble, kFloat:
		return a.n == b.n || math.IsNaN(a.float()) && math.IsNaN(b.float())
	case kObject:
		return false
	}
	return a.n == b.n
}

func (st *state) equalLists(x sequence, b Value) bool {
	y, ok := b.o.(sequence)
	if _, isArray := b.o.(*array); !ok || isArray || x.size() != y.size() {
		return false
	}
	for i := 0; i < x.size(); i++ {
		if !st.spend(stepWork) || !st.equal(x.at(st, i), y.at(st, i)) {
			return false
		}
	}
	return true
}

func (st *state) equalMaps(x mapping, b Value) bool {
	y, ok := b.o.(mapping)
	if !ok || x.size() != y.size() {
		return false
	}
	same := true
	st.each(x, func(key, val Value) {
		if same {
			other, ok := y.get(st, key)
			same = ok && st.equal(val, other)
		}
	})
	return same
}

// equalViews compares sets by content; the values of a map equal nothing else.
func (st *state) equalViews(x *view, b Value) bool {
	y, ok := b.o.(*view)
	if ok && x.part == y.part && x.m == y.m {
		return true
	}
	if !ok || x.part != y.part || x.part == partValues || x.m.size() != y.m.size() {
		return false
	}
	if x.part == partEntries {
		return st.equalMaps(x.m, objectValue(y.m))
	}
	same := true
	st.each(x.m, func(key, _ Value) {
		if same {
			_, same = y.m.get(st, key)
		}
	})
	return same
}

// looseEqual is the operator ==.
func (st *state) looseEqual(a, b Value) bool {
	if a.isSmall() && b.isSmall() {
		return a.n == b.n
	}
	if a.isNumber() && b.isNumber() {
		if !st.spendMath(a, b) {
			return false
		}
		order, exception := compareNumbers(a, b)
		if exception != "" {
			st.throw(exception)
		}
		return order == 0
	}
	if a.k == kString && b.k == kString {
		return len(a.s) == len(b.s) && st.touch(len(a.s)) && a.s == b.s
	}
	if a.k != kNull && b.k != kNull && related(a, b) {
		return st.equal(a, b)
	}
	x, okX := st.textOrNull(a)
	y, okY := st.textOrNull(b)
	return okX == okY && x == y
}

// textOrNull is toString where that can be null.
func (st *state) textOrNull(v Value) (string, bool) {
	if v.k == kNull {
		return "", false
	}
	if b, ok := v.o.(*block); ok && b.exhausted() {
		return "", false
	}
	return st.text(v), true
}

// related holds when one value's class is that of the other or above it.
func related(a, b Value) bool {
	if a.k != b.k {
		return false
	}
	if a.k != kObject {
		return true
	}
	x, y := classOf(a.o), classOf(b.o)
	return x == y || superclass(x) == y || superclass(y) == x
}

// hash is Java's hashCode.
func (st *state) hash(v Value) int32 {
	switch v.k {
	case kBool:
		if v.bool() {
			return 1231
		}
		return 1237
	case kByte, kShort, kInt, kChar:
		return int32(v.n)
	case kLong, kDouble:
		return int32(v.n ^ int64(uint64(v.n)>>32))
	case kFloat:
		return int32(math.Float32bits(float32(v.float())))
	case kBig:
		st.spendText(v)
		return hashBig(v)
	case kDecimal:
		st.spendText(v)
		d := v.decimal()
		return 31*hashBig(bigValue(d.unscaled)) + int32(d.scale)
	case kString:
		if st != nil {
			st.spend(len(v.s) >> 3)
		}
		return hashString(v.s)
	case kObject:
		return st.hashObject(v)
	}
	return 0
}

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

func (st *state) hashObject(v Value) int32 {
	if st == nil {
		return 0
	}
	if st.spend(2 * stepWork); st.done {
		return 0
	}
	if st.printing++; st.printing > maxPrintDepth {
		st.throw("java.lang.StackOverflowError: null")
		return 0
	}
	defer func() { st.printing-- }()
	h := int32(0)
	switch o := v.o.(type) {
	case *array:
	case sequence:
		h = 1
		for i := 0; i < o.size() && !st.done; i++ {
			st.spend(stepWork)
			h = 31*h + st.hash(o.at(st, i))
		}
		return h
	case mapping:
		st.each(o, func(key, val Value) { h += st.hash(key) ^ st.hash(val) })
		return h
	case *entry:
		return st.hash(o.key) ^ st.hash(o.val)
	case *view:
		if o.part != partValues {
			items, _ := st.elements(v)
			for _, item := range items {
				h += st.hash(item)
			}
			return h
		}
	}
	return hashString(strings.TrimPrefix(className(v), "java"))
}
