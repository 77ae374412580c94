package evaluate

import (
	"slices"
	"strings"
)

// checkCycles refuses resources that need each other: each would have to be made before
// the other. Documented: CloudFormation User Guide, Troubleshooting, Circular dependency.
//
// Circles that a function is in only because it is told the address of an API are noted:
// CloudFormation refuses them too, but nothing has to wait for the other here.
func (s *stack) checkCycles() {
	c := &cycles{stack: s}
	c.walk()
	// The second walk is for what may be so, and its notes would only repeat circles
	// that the first one has refused.
	if c.told == 0 {
		c.all = true
		c.walk()
	}
}

// cycles finds them by a walk along what each resource needs.
type cycles struct {
	*stack
	all   bool           // what functions are told of APIs counts too
	found map[string]int // 1 while on the way, 2 afterwards
	way   []string
	told  int
}

// mostCircles are told: the last reference in each is the one to look at first.
const mostCircles = 10

func (c *cycles) walk() {
	c.found = map[string]int{}
	for _, id := range c.resources.names {
		if c.found[id] == 0 {
			c.visit(id)
		}
	}
}

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
	what := "resources need each other: " + strings.Join(circle, " → ")
	if c.all {
		c.note(r.node, r.place().path, what, "CloudFormation refuses that; here the address of an API is known beforehand")
	} else {
		c.fault(r.node, r.place().path, what, "CloudFormation makes one before the other: take one of the references away")
	}
}

// needs are the resources that one names, in its values or as what it depends on.
func (c *cycles) needs(r *resource) []string {
	// Only of what is made: two resources that need each other under conditions which
	// exclude each other never meet.
	if there, ok := c.there(r); !there || !ok {
		return nil
	}
	ids := c.dependsOn(r)
	for _, id := range r.referred {
		if c.all || r.needed[id] {
			ids = append(ids, id)
		}
	}
	return ids
}
