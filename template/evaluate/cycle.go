package evaluate

import (
	"slices"
	"strings"
)

// checkCycles refuses resources that need each other: each would have to be made before
// the other. Documented: CloudFormation User Guide, Troubleshooting, Circular dependency.
func (s *stack) checkCycles() {
	c := &cycles{stack: s, found: map[string]int{}}
	for _, id := range s.resources.names {
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
	r := c.resources.named[id]
	c.found[id] = 1
	c.way = append(c.way, id)
	for _, other := range c.needs(r) {
		switch c.found[other] {
		case 0:
			c.visit(other)
		case 1:
			if c.told++; c.told > mostCircles {
				continue
			}
			circle := append(slices.Clone(c.way[slices.Index(c.way, other):]), other)
			c.fault(c.resources.named[other].node, c.resources.named[other].place().path, "resources need each other: "+strings.Join(circle, " → "), "CloudFormation makes one before the other: take one of the references away")
		}
	}
	c.way = c.way[:len(c.way)-1]
	c.found[id] = 2
}

// needs are the resources that one names, in its values or as what it depends on.
func (c *cycles) needs(r *resource) []string {
	if there, ok := c.there(r); !there || !ok {
		return nil
	}
	return append(c.dependsOn(r), r.referred...)
}
