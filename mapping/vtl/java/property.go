package java

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// A property is looked for as Velocity does: get and the name as it is written, then
// with its first letter in the other case, then a key of a map, then is and the name.
//
// Source: PropertyExecutor, MapGetExecutor and BooleanPropertyExecutor of Velocity 1.7.

// bean is what the name of a property can stand for beside a key.
type bean struct{ getter, is Method }

// beans are what the names that stand for more than a key of a map can mean, and
// beanIDs where those stand; the first bean is that of all other names.
var beans, beanIDs = allBeans()

func allBeans() (all []bean, ids nameTable) {
	all, ids = make([]bean, 1), newNameTable(2*len(methodNames))
	add := func(prefix, method string) {
		rest, ok := strings.CutPrefix(method, prefix)
		if !ok || rest == "" {
			return
		}
		for _, name := range [...]string{rest, strings.ToLower(rest[:1]) + rest[1:]} { // the first letter in either case
			if ids.of(name, Hash(name)) == 0 {
				ids.put(name, uint16(len(all)))
				all = append(all, bean{beanMethod("get", name), beanMethod("is", name)})
			}
		}
	}
	for _, method := range methodNames {
		add("get", method)
		add("is", method)
	}
	return all, ids
}

// PropertyID is a number for what Property needs to know of a name, beside its Hash.
func PropertyID(name string, hash uint64) uint16 { return beanIDs.of(name, hash) }

// IsKey tells whether a name is nothing but a key to a map, whatever it is to other values: all are but those
// that lead to getClass, which maps have too.
func IsKey(id uint16) bool { return beans[id].getter != getClass }

// IsPayload tells whether a value is an object of a payload, in which names are keys.
func (v *Value) IsPayload() bool {
	_, ok := v.Obj.(*nodeMap)
	return ok
}

// beanMethod finds getname or getName; the second form changes the case of the
// first letter.
func beanMethod(prefix, name string) Method {
	if id := MethodNamed(prefix + name); id != 0 {
		return id
	}
	c := name[0]
	switch {
	case c >= 'a' && c <= 'z':
		c -= 'a' - 'A'
	case c >= 'A' && c <= 'Z':
		c += 'a' - 'A'
	}
	return MethodNamed(prefix + string(c) + name[1:])
}

// PropertyIDs is how many there are.
func PropertyIDs() int { return len(beans) }

// Property is .name on a value; id and hash are the name's.
func (vm *VM) Property(on Value, name string, id uint16, hash uint64) Value {
	b := &beans[id]
	if b.getter == getClass { // which maps have too
		return vm.beanOf(on, b)
	}
	if _, ok := on.Obj.(Mapping); ok {
		return vm.Member(&on, name, hash)
	}
	return vm.beanOf(on, b)
}

// Hash is what Property and Member want to know of a name.
func Hash(name string) uint64 { return json.Hash(name) }

// Member is what a map has for a name, null of anything else: .name on a value, if the
// name stands for no method, which its ID of zero says.
func (vm *VM) Member(on *Value, name string, hash uint64) Value {
	switch m := on.Obj.(type) {
	case *nodeMap:
		n, members, kind, text, number := m.Look(name, hash)
		vm.looked(m, members)
		return vm.fromPlain(n, kind, text, number)
	case *Dict:
		v, _ := m.Get(vm, StringValue(name))
		return v
	case Mapping:
		v, _ := m.Get(vm, StringValue(name))
		return v
	}
	return Value{}
}

// AppendMember prints what Member gives where that is quickly done: a payload's text or
// whole number. Else it reports false, and has done nothing.
func (vm *VM) AppendMember(dst []byte, on *Value, name string, hash uint64) ([]byte, bool) {
	m, ok := on.Obj.(*nodeMap)
	if !ok {
		return dst, false
	}
	n, members, kind, text, number := m.Look(name, hash)
	switch {
	case kind == json.String && n.Doc() == vm.Payload:
		dst = append(dst, text...)
	case kind == json.Int || kind == json.Long:
		dst = strconv.AppendInt(dst, number, 10)
	default:
		return dst, false
	}
	vm.looked(m, members)
	return dst, true
}

// beanOf tries the getters, which maps have none of but getClass.
func (vm *VM) beanOf(on Value, b *bean) Value {
	switch on.Obj.(type) {
	case *array:
		if b.getter != getClass {
			return Value{}
		}
	case *classRef:
		if b.getter != getName {
			return Value{}
		}
	}
	if b.getter != 0 {
		if v, ok := vm.Invoke(on, b.getter, nil); ok || vm.Done {
			return v
		}
	}
	if b.is != 0 {
		if v, ok := vm.Invoke(on, b.is, nil); ok && v.Kind == Bool {
			return v
		}
	}
	return Value{}
}

// SetProperty is #set($x.name = v): put, on whatever has it.
//
// Source: UberspectImpl.getPropertySet of Velocity 1.7 tries a setter, and then put of a
// map. What has neither is left as it is, without a fault.
func (vm *VM) SetProperty(on Value, name string, v Value) {
	switch o := on.Obj.(type) {
	case Mapping:
		o.Put(vm, StringValue(name), v)
	case *entry:
		if name == "value" || name == "Value" {
			o.m.Put(vm, o.key, v)
			o.val = v
		}
	}
}

// Index is [argument]: get with one argument.
//
// Source: ASTIndex.execute of Velocity 1.7 calls get with the argument, which a list has
// for int alone and a map for any object.
func (vm *VM) Index(on, arg Value) Value {
	if arg = vm.fromEnd(on, arg); vm.Done {
		return Value{}
	}
	switch o := on.Obj.(type) {
	case Sequence:
		if arg.IsSmall() && arg.Kind != Long {
			return elementAt(vm, o, arg)
		}
		return Value{}
	case Mapping:
		v, _ := o.Get(vm, arg)
		return v
	case *classRef:
		v, _ := vm.classMethod(o, get, []Value{arg})
		return v
	}
	return Value{}
}

// SetIndex is #set($x[argument] = v).
//
// Source: ASTReference.setValue of Velocity 1.7 looks for set(index, value) and then for
// put(index, value).
func (vm *VM) SetIndex(on, arg, v Value) {
	if arg = vm.fromEnd(on, arg); vm.Done {
		return
	}
	switch o := on.Obj.(type) {
	case Sequence:
		if !arg.IsSmall() || arg.Kind == Long {
			return
		}
		if i := int(arg.Num); i < 0 || i >= o.size() {
			vm.Throw(outOfBounds(i, o.size()))
		} else {
			o.set(vm, i, v)
		}
	case Mapping:
		o.Put(vm, arg, v)
	}
}

func elementAt(vm *VM, o Sequence, index Value) Value {
	i := int(index.Num)
	if stale(o) {
		vm.Throw(changedWhileWalked)
		return Value{}
	}
	if i < 0 || i >= o.size() {
		vm.Throw(outOfBounds(i, o.size()))
		return Value{}
	}
	return o.at(vm, i)
}

func stale(o Sequence) bool {
	s, ok := o.(*subList)
	return ok && s.stale()
}

// fromEnd counts a negative index from the end of what has a size.
//
// Source: ASTIndex of Velocity 1.7, which asks for size().
func (vm *VM) fromEnd(on, arg Value) Value {
	if arg.Kind != Int || arg.Num >= 0 {
		return arg
	}
	size, ok := sizeOf(on)
	if !ok {
		vm.Throw("org.apache.velocity.exception.VelocityException: A 'size()' method required for a negative index does not exist")
		return Value{}
	}
	return IntValue(int32(size) + int32(arg.Num))
}

func sizeOf(v Value) (int, bool) {
	switch o := v.Obj.(type) {
	case Sequence:
		return o.size(), true
	case Mapping:
		return o.Size(), true
	case *view:
		return o.m.Size(), true
	}
	return 0, false
}

// CallWork is the work of a call beside what it does with its values.
const CallWork = 12

// Source: Preconditions.outOfBoundsCheckIndex of OpenJDK 17.
func outOfBounds(i, size int) string {
	return "java.lang.IndexOutOfBoundsException: Index " + strconv.Itoa(i) + " out of bounds for length " + strconv.Itoa(size)
}

// Arguments, as Java converts them: an int parameter takes the boxes of int
// and of what is smaller; a long or double parameter takes an int as well.

// Source: IntrospectionUtils.isMethodInvocationConvertible of Velocity 1.7.
func isInt(v Value) bool { return v.Kind >= Byte && v.Kind <= Int }

func isLong(v Value) bool { return v.Kind >= Byte && v.Kind <= Long }

func isDouble(v Value) bool {
	return isLong(v) || v.Kind == Float || v.Kind == Double
}

func asDouble(v Value) float64 {
	if v.Kind == Float || v.Kind == Double {
		return v.float()
	}
	return float64(v.Num)
}

// IsText holds for a String parameter; null is one.
func IsText(v Value) bool { return v.Kind == String || v.Kind == Null }

// NullPointer is what a method throws that cannot do with null.
const NullPointer = "java.lang.NullPointerException: null"

// NonNull throws for a null where Java would use it.
func NonNull(vm *VM, args ...Value) bool {
	for _, a := range args {
		if a.Kind == Null {
			vm.Throw(NullPointer)
			return false
		}
	}
	return true
}
