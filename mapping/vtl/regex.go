package vtl

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
	sourceWork  = 60
)

// compile reads a pattern, or fails the rendering.
func (st *state) compile(src string) *pattern.Pattern {
	for _, p := range st.patterns.last {
		if p != nil && p.String() == src {
			return p
		}
	}
	if len(src) <= pattern.MaxSource && !st.spend(compileWork+sourceWork*len(src)) {
		return nil
	}
	p, err := pattern.Compile(src)
	if err != nil {
		st.throw("java.util.regex.PatternSyntaxException: " + err.Error())
		return nil
	}
	st.patterns.last[st.patterns.next] = p
	st.patterns.next = (st.patterns.next + 1) % len(st.patterns.last)
	return p
}
