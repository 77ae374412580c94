package schema

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// object holds an object against a rule (validation draft 4 section 5.4): first
// itself, then its members in the order of their names. The order is that in
// which violations are told.
func (c *check) object(r *rule, n json.Node, quiet bool) bool {
	ok := c.counted(n.Len(), r.minMembers, r.maxMembers, quiet, "minProperties", "maxProperties")
	ok = c.both(ok, quiet, func() bool { return c.complete(r.required, n, quiet) })
	ok = c.both(ok, quiet, func() bool { return c.depends(r, n, quiet) })
	ok = c.both(ok, quiet, func() bool { return c.noMore(r, n, quiet) })
	ok = c.both(ok, quiet, func() bool { return c.combined(r, n, quiet) })
	return c.both(ok, quiet, func() bool { return c.members(r, n, quiet) })
}

// Validation draft 4 sections 5.4.1 and 5.4.2.
func (c *check) counted(n int, least, most *int, quiet bool, names ...string) bool {
	ok := true
	if least != nil && n < *least {
		ok = c.violated(quiet, func() string { return fmt.Sprintf("%s: got %d, want %d", names[0], n, *least) })
	}
	if most != nil && n > *most {
		ok = c.violated(quiet, func() string { return fmt.Sprintf("%s: got %d, want %d", names[1], n, *most) })
	}
	return ok
}

// has says whether an object has a member, which it may have to look at all of
// them for. That is why it costs what the object is large.
func (c *check) has(n json.Node, name string) bool {
	if !c.spend(1 + n.Len()/8) {
		return false
	}
	_, ok := n.Get(name)
	return ok
}

// Validation draft 4 section 5.4.3.
func (c *check) complete(required []string, n json.Node, quiet bool) bool {
	// All missing names are one violation, as AWS has them in one message.
	missing := c.missing(required, n)
	if len(missing) == 0 {
		return true
	}
	return c.violated(quiet, func() string { return "object has missing required properties (" + quoted(sorted(missing)) + ")" })
}

// Each missing name is told, in the order of the names and not of the model.
func (c *check) missing(required []string, n json.Node) (missing []string) {
	for _, name := range required {
		if !c.has(n, name) {
			missing = append(missing, name)
			// A name that is missing is written into the violation, which costs more than to look for it.
			c.spend(8)
		}
	}
	return missing
}

// Validation draft 4 section 5.4.5: a dependency is a list of members that have
// to be there too, or a schema for the whole object.
func (c *check) depends(r *rule, n json.Node, quiet bool) bool {
	ok := true
	for i := range r.dependencies {
		d := &r.dependencies[i]
		// A dependency asks for nothing where its member is absent.
		if !c.has(n, d.name) {
			continue
		}
		if missing := c.missing(d.required, n); len(missing) > 0 {
			ok = c.violated(quiet, func() string {
				return "properties " + apostrophes(missing) + " required, if " + apostrophe(d.name) + " exists"
			})
		}
		if d.rule != nil {
			ok = c.value(d.rule, n, quiet) && ok
		}
		if c.over != nil || quiet && !ok {
			return false
		}
	}
	return ok
}

// noMore refuses members that the rule does not know, where it says so. Known are
// those of properties and those whose name patternProperties match (validation
// draft 4 section 5.4.4).
func (c *check) noMore(r *rule, n json.Node, quiet bool) bool {
	// Absent additionalProperties allow everything, which is what most models have.
	if !r.noOthers {
		return true
	}
	var unknown []string
	for it := n.Iter(); it.Next(); {
		name := it.Key()
		if known := c.known(r, name); c.over != nil {
			return false
		} else if !known {
			if quiet {
				return false
			}
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return true
	}
	return c.violated(quiet, func() string {
		return "object instance has properties which are not allowed by the schema: " + quoted(sorted(unknown))
	})
}

// A pattern that runs out of work makes the answer unknown, which ends the check.
func (c *check) known(r *rule, name string) bool {
	if _, ok := r.properties[name]; ok {
		return c.spend(1)
	}
	for i := range r.matching {
		if ok, err := c.matches(r.matching[i].name, name); ok || err != nil {
			return ok
		}
	}
	return !c.spend(1)
}

// Violations are told by name, for the order of members means nothing; a quiet
// check spares the sorting.
func (c *check) members(r *rule, n json.Node, quiet bool) bool {
	if r.properties == nil && r.matching == nil && r.others == nil {
		return true
	}
	// The first member that does not fit decides, so that looking through all of them in order would
	// be work for nothing.
	if quiet { // in any order
		for it := n.Iter(); it.Next(); {
			if !c.member(r, it.Key(), it.Node(), true) {
				return false
			}
		}
		return true
	}
	if !c.spend(2 * n.Len()) {
		return false
	}
	ok := true
	for _, m := range membersByName(n) {
		c.path = append(c.path, step(m.name))
		ok = c.member(r, m.name, m.value, false) && ok
		c.path = c.path[:len(c.path)-1]
		if c.over != nil {
			return false
		}
	}
	return ok
}

// All schemas that the name chooses hold together, properties and each pattern
// that matches; additionalProperties only where none does (validation draft 4
// section 8.3).
func (c *check) member(r *rule, name string, v json.Node, quiet bool) bool {
	ok, known := true, false
	if own := r.properties[name]; own != nil {
		known = true
		ok = c.value(own, v, quiet)
	}
	for i := range r.matching {
		if c.over != nil || quiet && !ok {
			return false
		}
		found, err := c.matches(r.matching[i].name, name)
		if err != nil {
			return false
		}
		if found {
			known = true
			ok = c.value(r.matching[i].rule, v, quiet) && ok
		}
	}
	// Validation draft 4 section 5.4.4: as a schema it allows all members, and
	// section 8.3 holds those that are left to it.
	if !known && r.others != nil {
		ok = c.value(r.others, v, quiet)
	}
	return ok
}

// array holds an array against a rule (validation draft 4 section 5.3): first
// itself, then its items.
func (c *check) array(r *rule, n json.Node, quiet bool) bool {
	count := n.Len()
	ok := true
	if r.minItems != nil && count < *r.minItems {
		ok = c.violated(quiet, func() string {
			return fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", *r.minItems, count)
		})
	}
	if r.maxItems != nil && count > *r.maxItems {
		ok = c.violated(quiet, func() string {
			return fmt.Sprintf("array is too long: must have at most %d elements but instance has %d elements", *r.maxItems, count)
		})
	}
	ok = c.both(ok, quiet, func() bool { return c.distinct(r, n, quiet) })
	// Validation draft 4 section 5.3.1: additionalItems false bounds an array by the
	// schemas of its items.
	if more := count - len(r.first); r.noRest && more > 0 {
		ok = c.violated(quiet, func() string { return fmt.Sprintf("last %d additionalItem(s) not allowed", more) })
	}
	ok = c.both(ok, quiet, func() bool { return c.combined(r, n, quiet) })
	return c.both(ok, quiet, func() bool { return c.items(r, n, quiet) })
}

// Validation draft 4 section 5.3.4. Items are compared by their keys, since
// comparing each with each would take the square of their number.
func (c *check) distinct(r *rule, n json.Node, quiet bool) bool {
	if !r.unique || n.Len() < 2 {
		return true
	}
	// Keys are made of every item before the first two are compared.
	if !c.spend(4 * n.Len()) {
		return false
	}
	i, j, err := c.keys.duplicates(n, &c.work)
	switch {
	case err == errBeyond:
		return c.violated(quiet, func() string { return incomparable })
	case err != nil:
		c.work = -1
		return c.spend(0)
	case i >= 0:
		return c.violated(quiet, func() string { return fmt.Sprintf("items at %d and %d are equal", i, j) })
	}
	return true
}

// Validation draft 4 section 8.2: one schema for all items, or one for each of
// the first and additionalItems for the rest.
func (c *check) items(r *rule, n json.Node, quiet bool) bool {
	// Without schemas of items a long array costs nothing here.
	if r.each == nil && len(r.first) == 0 {
		return true
	}
	ok, i := true, 0
	for it := n.Iter(); it.Next(); i++ {
		own := r.each
		if own == nil {
			own = r.rest
		}
		if i < len(r.first) {
			own = r.first[i]
		}
		if own == nil {
			break
		}
		if !quiet {
			c.path = append(c.path, "["+strconv.Itoa(i)+"]")
		}
		ok = c.value(own, it.Node(), quiet) && ok
		if !quiet {
			c.path = c.path[:len(c.path)-1]
		}
		if c.over != nil || quiet && !ok {
			return false
		}
	}
	return ok
}

// step is a member's name in a JSON path.
func step(name string) string {
	for i := range len(name) {
		// A name that is no identifier stands in brackets: a dot in it would read as two steps.
		if c := name[i]; c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return "[" + apostrophe(name) + "]"
		}
	}
	if name == "" {
		return "['']"
	}
	return "." + name
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}
