package java

// What a language hands to templates beside Java's own values may have any of the
// methods below; classed and held are others.

// Receiver has methods of its own. invoke is a call with evaluated arguments: ok is
// false when there is no such method for them. bare tells the methods without
// parameters.
type Receiver interface {
	Invoke(vm *VM, m Method, args []Value) (v Value, ok bool)
	Bare(m Method) bool
}

// Printer prints in its own way.
type Printer interface {
	AppendTo(vm *VM, dst []byte) []byte
}

// Nullable may have a toString that is null.
type Nullable interface{ IsNull() bool }

// Lazy is a map that becomes a dict when somebody wants all of it. Copy is what Whole
// would be, and leaves the map as it is: it is for those who only look on.
type Lazy interface {
	Mapping
	Whole(vm *VM) *Dict
	Copy(vm *VM) *Dict
}
