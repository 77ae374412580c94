package input

import "github.com/dragoman-gateway/dragoman/mapping/vtl/java"

// What $context, $stageVariables and $input lead to counts as held.

func (c *Context) Mark() *uint32 { return &c.counted }
func (c *Context) Open(n *java.Census) {
	n.Dict(c.d)
	for i := range c.subs {
		n.Value(c.subs[i].v)
	}
}

func (s *Stage) Mark() *uint32       { return &s.counted }
func (s *Stage) Open(n *java.Census) { n.Dict(s.d) }

func (in *Input) Mark() *uint32 { return &in.counted }
func (in *Input) Open(n *java.Census) {
	n.Dict(in.sets)
	for i := range in.parts {
		n.Object(&in.parts[i])
	}
}

func (g *paramGroup) Mark() *uint32       { return &g.counted }
func (g *paramGroup) Open(n *java.Census) { n.Dict(g.d) }
