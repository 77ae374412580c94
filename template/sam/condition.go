package sam

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// conditionPaths gives paths of documents made here the conditions of their functions: a
// path whose operations are all conditional is there when one of them is. So is the
// implicit API, which also stays after the stack when one of its functions does.
// Observed: expected outputs in the tests of the transform.
func (t *transform) conditionPaths() {
	for _, r := range t.resources {
		// A document of the author's is left alone: under which conditions its paths are
		// there is for the author to say.
		if r.document == nil || !r.document.managed {
			continue
		}
		byPath := map[string][]routed{}
		for _, route := range r.routes {
			byPath[route.path] = append(byPath[route.path], route)
		}
		for _, p := range r.document.paths.items {
			path := p.key.Text()
			if condition := t.combined(conditionsOf(byPath[path]), r.id+pathID(path)+"PathCondition", r.begin()); condition != "" {
				r.document.conditioned(path, condition)
			}
		}
		if r.implicit {
			t.implicitAttributes(r)
		}
	}
}

// pathID is a path in the name of a condition.
// Documented: CloudFormation Template Reference, Conditions: logical ids are alphanumeric.
// Observed: the translator has these words for slashes and braces.
func pathID(path string) string {
	return strings.NewReplacer("/", "SLASH", "{", "OB", "}", "CB").Replace(path)
}

// conditionsOf are the conditions of all functions that have some operations; none when
// one of them has no condition.
func conditionsOf(routes []routed) []string {
	last := map[string]string{} // the last event of an operation decides
	for _, route := range routes {
		last[route.method+" "+route.path] = route.condition
	}
	conditions := map[string]bool{}
	for condition := range maps.Values(last) {
		conditions[condition] = true
	}
	// A function without a condition is always there, and so is the path that leads to it.
	if conditions[""] {
		return nil
	}
	return slices.Sorted(maps.Keys(conditions))
}

// mostConditions is how many conditions Fn::Or takes.
// Documented: CloudFormation Template Reference, Condition functions.
const mostConditions = 10

// combined is a condition that holds when one of several does: it is added to the
// template under a name, in parts when they are many.
// Observed: the translator counts the parts down, so that the last one, which holds all the
// others, has the name without a number.
func (t *transform) combined(conditions []string, name string, from tree.Node) string {
	if len(conditions) < 2 {
		return strings.Join(conditions, "")
	}
	parts := (len(conditions) - 2) / (mostConditions - 1)
	for len(conditions) > 1 {
		part := name
		if parts > 0 {
			part += strconv.Itoa(parts)
			parts--
		}
		most := min(len(conditions), mostConditions)
		either := list(from)
		for _, condition := range conditions[:most] {
			either.Add(call("Condition", text(from, condition)))
		}
		t.conditions.Put(text(from, part), call("Fn::Or", either))
		conditions = append(slices.Clone(conditions[most:]), part)
	}
	return name
}

// implicitAttributes are those of functions that the implicit API takes over.
func (t *transform) implicitAttributes(r *resource) {
	node := object(r.begin())
	if condition := t.combined(conditionsOf(r.routes), r.id+"Condition", r.begin()); condition != "" {
		node.Put(text(r.begin(), "Condition"), text(r.begin(), condition))
	}
	for _, name := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		// Observed: the translator lets the policy win that keeps most: what one function
		// needs after its stack must not go because another does not.
		for _, policy := range []string{"Retain", "Snapshot", "Delete"} {
			if slices.ContainsFunc(r.routes, func(route routed) bool { return route.function.get(name).Text() == policy }) {
				node = with(node, name, text(r.begin(), policy))
				break
			}
		}
	}
	r.spot = r.as(node)
}
