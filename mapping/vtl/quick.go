package vtl

import (
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// ample is the fuel with which a rendering may go without looking whether there is any
// left: what is printed quickly takes less.
const ample = 1 << 10

// printQuickly prints what nearly all references of nearly all templates are: a
// variable or a member of a payload that is a text or a whole number. It prints them as
// resolve and renderReference do and takes the same work for it, but no value is made
// of them, which would be copied from hand to hand. It reports false for anything else,
// and has done nothing then.
func (st *state) printQuickly(n *syntax.Reference) bool {
	if st.hide > 0 || st.Fuel < ample {
		return false
	}
	v := &st.vars[n.Slot]
	switch n.Form {
	case formVariable:
		if v.Kind != java.String {
			return false
		}
		st.Fuel -= java.StepWork
		st.out = append(st.out, v.Str()...)
		return true
	case formMember:
		p := n.Steps[0].(*syntax.Property)
		out, ok := st.AppendMember(st.out, v, p.Name, p.Hash)
		if !ok {
			return false
		}
		st.Fuel -= 2 * java.StepWork
		st.out, st.At = out, int(p.Start)
		return true
	}
	return false
}
