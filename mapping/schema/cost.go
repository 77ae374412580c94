package schema

import (
	"errors"
	"strings"
)

// maxCost bounds how many schemas apply to one value, following references
// within the document. Twenty definitions that each refer twice to the next
// would apply a million times.
const maxCost = 10_000

// A text of a few hundred bytes can multiply without any loop, as in the attack
// on XML entities that is known as a billion laughs.
var errCost = errors.New("its references multiply beyond the limit")

// affordable refuses documents whose references multiply.
func affordable(doc any) error {
	c := costs{root: doc, of: make(map[string]int)}
	// Each place is a start of its own: a model may use a definition that its root does not.
	if c.everywhere(doc, 0) {
		return errCost
	}
	return nil
}

// costs counts, per referenced place, the schemas that apply there.
type costs struct {
	root any
	of   map[string]int
}

// everywhere tells whether any place in the document costs too much.
func (c *costs) everywhere(v any, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		if c.cost(v) > maxCost {
			return true
		}
		for _, m := range v {
			if c.everywhere(m, depth+1) {
				return true
			}
		}
	case []any:
		for _, m := range v {
			if c.everywhere(m, depth+1) {
				return true
			}
		}
	}
	return false
}

// cost is the number of schemas that apply to a value together with v. Those of
// members and items apply to other values, which the payload has to have.
func (c *costs) cost(v any) int {
	m, ok := v.(map[string]any)
	if !ok {
		return 0
	}
	n := 1
	if ref, ok := m["$ref"].(string); ok {
		n += c.reference(ref)
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		// The sum stops just beyond the bound: one that doubles at each reference runs over.
		list, _ := m[key].([]any)
		for _, s := range list {
			n = min(n+c.cost(s), maxCost+1)
		}
	}
	if deps, ok := m["dependencies"].(map[string]any); ok {
		for _, s := range deps {
			n = min(n+c.cost(s), maxCost+1)
		}
	}
	return min(n+c.cost(m["not"]), maxCost+1)
}

// reference is the cost of a place in the same document, which a JSON pointer
// names (RFC 6901 section 4). A cycle counts once: the validator stops at it.
func (c *costs) reference(ref string) int {
	if n, ok := c.of[ref]; ok {
		return n
	}
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return 1
	}
	// Set before the place is counted, so that a reference which leads back finds an end.
	c.of[ref] = 1
	at := c.root
	for _, name := range strings.Split(pointer, "/")[1:] {
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		m, ok := at.(map[string]any)
		if !ok {
			return 1
		}
		at = m[name]
	}
	if pointer == "" {
		at = c.root
	}
	n := c.cost(at)
	c.of[ref] = n
	return n
}
