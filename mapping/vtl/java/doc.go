// Package java has the values of templates: as the Java classes behind them behave.
//
// Velocity hands a template Java objects, and a template sees their every habit:
// numbers widen when they overflow, methods are found by the classes of their
// arguments, strings count UTF-16 units, a HashMap iterates by its buckets, what is
// printed is what toString gives, and what fails ends in a Java exception.
//
//	vm.Start(bounds, work, host)
//	v, ok := vm.Invoke(java.StringValue("a,b"), java.MethodNamed("split"), args)
//	dst = vm.AppendValue(dst, v)
//
// A VM is what the values of one rendering share. Everything pays it for work before
// it is done and for memory before it is made; its Host is asked only when a stretch
// of either is used up, so that paying is a subtraction. What fails is kept in the VM:
// whoever has more to do looks at Done first.
//
// A language adds objects of its own: see Classed, Receiver, Printer, Nullable, Lazy
// and Held.
//
// The behaviour is that of OpenJDK 17, and of json-smart 2.2 for payloads. It imports
// json and pattern, and slab beside it.
package java
