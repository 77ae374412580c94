package evaluate

import (
	"slices"
	"strings"
)

// checkCycles refuses resources that need each other: each would have to be made before
// the other. Documented: CloudFormation User Guide, Troubleshooting, Circular dependency.
//
// A circle through what a function is told in its environment is one as well, although
// nothing would have to wait for the other here: who deploys the template meets it there.
func (s *stack) checkCycles() {
	c := &cycles{stack: s, found: map[string]int{}}
	for _, id := range c.resources.names {
		if c.found[id] == 0 {
			c.visit(id)
		}
	}
}

// cycles finds them by a walk along what each resource needs.
type cycles struct {
	*stack
	found map[string]int // 1 while on the way, 2 afterwards
	way   []string
	told  int
}

// mostCircles are told: the last reference in each is the one to look at first.
const mostCircles = 10

func (c *cycles) visit(id string) {
	c.found[id] = 1
	c.way = append(c.way, id)
	for _, other := range c.needs(c.resources.named[id]) {
		switch c.found[other] {
		case 0:
			c.visit(other)
		// It is on the way already: the way from there to here is the circle.
		case 1:
			c.tell(other)
		}
	}
	c.way = c.way[:len(c.way)-1]
	c.found[id] = 2
}

// tell tells the circle that the way is in, from a resource on.
func (c *cycles) tell(from string) {
	if c.told++; c.told > mostCircles {
		return
	}
	circle := append(slices.Clone(c.way[slices.Index(c.way, from):]), from)
	r := c.resources.named[from]
	c.fault(r.node, r.place().path, "resources need each other: "+strings.Join(circle, " → "), "CloudFormation makes one before the other: take one of the references away")
}

// needs are the resources that one names, in its values or as what it depends on.
func (c *cycles) needs(r *resource) []string {
	// Only of what is made: two resources that need each other under conditions which
	// exclude each other never meet.
	if there, ok := c.there(r); !there || !ok {
		return nil
	}
	return append(c.dependsOn(r), r.referred...)
}
