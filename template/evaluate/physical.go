package evaluate

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/naming"
)

// physicalID is what Ref answers of a resource.
func (s *stack) physicalID(r *resource) (string, bool) {
	if r.state == underway {
		s.fault(r.node, r.place().path, r.id+" needs its own name", "its name must not be made of itself")
		return "", false
	}
	if r.state == untouched {
		r.state = underway
		// What is real comes before what is derived: a queue that somebody made has an
		// address at which it answers.
		elsewhere := false
		if r.physical, elsewhere = s.elsewhere(r, "Ref"); elsewhere {
			r.ok = true
		} else {
			r.physical, r.ok = s.named(r).Ref()
			r.ok = r.ok && s.spend(r.node, r.place().path, 1, len(r.physical))
		}
		if r.ok && r.kind == secretType {
			s.ownSecrets[r.physical] = ownSecret{s, r, elsewhere}
		}
		r.state = done
	}
	return r.physical, r.ok
}

// named is a resource as names are derived of it.
func (s *stack) named(r *resource) naming.Resource {
	return naming.Resource{
		Stack: s.name, LogicalID: r.id, Type: r.kind, Region: s.Region, Account: s.Account,
		Property: func(name string) (string, bool) {
			value, ok := s.property(r, name)
			return value.Text(), ok
		},
	}
}

// elsewhere is a value of a resource that somebody else made.
func (s *stack) elsewhere(r *resource, attribute string) (string, bool) {
	if s.Values == nil {
		return "", false
	}
	return s.Values(s.name, r.id, attribute)
}

// attributeOf is what GetAtt answers: what is known from elsewhere, what the type has, or,
// of types that have more than is known, the property of that name or a likely value.
func (s *stack) attributeOf(r *resource, attribute string, n tree.Node, p place) (tree.Node, bool) {
	if value, ok := s.elsewhere(r, attribute); ok {
		return s.made(value, n, p)
	}
	if r.kind == stackType {
		return s.nestedOutput(r, attribute, n, p)
	}
	names := s.named(r)
	value, known, ok := names.Attribute(attribute)
	if !ok {
		return tree.Node{}, false
	}
	if known {
		return s.made(value, n, p)
	}
	// Assumed: an attribute that is not known may have been added to the type since, so
	// that refusing it would keep a good template from running.
	listed, echoes, open := names.Attributes()
	if echoes {
		property, ok := s.property(r, attribute)
		if property.There() {
			return s.shared(property, n, p)
		}
		if !ok {
			return tree.Node{}, false
		}
	}
	misspelt := slices.ContainsFunc(listed, func(name string) bool { return strings.EqualFold(name, attribute) })
	if open && !misspelt {
		return s.likely(r, attribute, n, p)
	}
	hint := "it has no attributes; Ref answers what it is called"
	if len(listed) > 0 {
		hint = s.suggest(attribute, listed)
	}
	s.fault(n, p.path, "a resource of type "+r.kind+" has no attribute "+quoted(attribute), hint)
	return tree.Node{}, false
}

// likely is a value that looks as one of an attribute of that name does.
func (s *stack) likely(r *resource, attribute string, n tree.Node, p place) (tree.Node, bool) {
	text, ok := s.named(r).Likely(attribute)
	if !ok {
		return tree.Node{}, false
	}
	return s.made(text, n, p)
}
