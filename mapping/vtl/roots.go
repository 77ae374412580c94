package vtl

import "github.com/dragoman-gateway/dragoman/mapping/vtl/java"

// Census counts anew what a rendering holds: everything that its variables, its loops
// and the values behind $context and $input lead to. What else was made is
// garbage, but for what the statement under way has in hand.
func (st *state) Census() {
	c := st.BeginCensus()
	for i := range st.vars {
		c.Value(st.vars[i])
	}
	for _, v := range st.others {
		c.Value(v)
	}
	for _, l := range st.loops[:st.depth] {
		c.Value(l.element)
		c.Value(l.over)
		if l.own != nil { // the loop has begun
			c.Object(l.own)
		}
		c.Walker(&l.walker)
	}
	c.Object(&st.ctx)
	c.Object(&st.stage)
	c.Object(&st.inputs)
	st.EndCensus(&c)
	if surplus := st.bytes - max(st.Holding-java.Floor, 0) - portion; surplus > 0 {
		st.draw.give(surplus)
	}
	st.Spend(c.Seen)
}

func (s *scope) Mark() *uint32 { return &s.counted }
func (s *scope) Open(n *java.Census) {
	n.Dict(s.store)
	n.Value(s.replaced)
	if s.parent != nil {
		n.Object(s.parent)
	}
}
