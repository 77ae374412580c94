package java

import "github.com/dragoman-gateway/dragoman/mapping/pattern"

// patterns are those that a rendering compiled last: a loop needs the same few
// again and again.
type patterns struct {
	last [4]*pattern.Pattern
	next int
}

// The work of compiling a pattern, and of each byte of it.
const (
	compileWork = 400
	SourceWork  = 60
)

// compile reads a pattern, or fails the rendering.
//
// A pattern is the template's text, so one that is broken is a fault of it.
//
// Source: the Java SE 17 API, PatternSyntaxException, thrown when it is compiled.
func (vm *VM) compile(src string) *pattern.Pattern {
	for _, p := range vm.patterns.last {
		if p != nil && p.String() == src {
			return p
		}
	}
	if len(src) <= pattern.MaxSource && !vm.Spend(compileWork+SourceWork*len(src)) {
		return nil
	}
	p, err := pattern.Compile(src)
	if err != nil {
		vm.Throw("java.util.regex.PatternSyntaxException: " + err.Error())
		return nil
	}
	vm.patterns.last[vm.patterns.next] = p
	vm.patterns.next = (vm.patterns.next + 1) % len(vm.patterns.last)
	return p
}
