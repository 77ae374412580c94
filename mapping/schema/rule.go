package schema

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	own "github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// rule is one schema as values are held against it: what draft 4 knows of the
// compiled one, prepared.
type rule struct {
	ref *rule // alone: JSON Reference section 3 ignores what stands beside it

	types  types // 0: any
	wanted string
	enum   *enum
	format *jsonschema.Format

	minMembers, maxMembers *int
	required               []string
	properties             map[string]*rule
	matching               []matching
	others                 *rule // additionalProperties
	noOthers               bool
	dependencies           []dependency

	minItems, maxItems *int
	unique             bool
	each               *rule   // items
	first              []*rule // items, one by one
	rest               *rule   // additionalItems
	noRest             bool

	minLength, maxLength *int
	pattern              *pattern.Pattern

	bounds   []bound
	multiple *unit

	not, all, any, one []*rule
}

// matching is one of patternProperties.
type matching struct {
	name *pattern.Pattern
	rule *rule
}

// A dependency has either a list of members or a schema (validation draft 4
// section 5.4.5).
type dependency struct {
	name     string
	required []string
	rule     *rule
}

// bound is one of minimum and maximum.
type bound struct {
	limit     *decimal
	upper     bool
	exclusive bool
}

// holds says whether a number keeps the bound. In draft 4 exclusiveMaximum and
// exclusiveMinimum are booleans beside the bound (validation sections 5.1.2 and
// 5.1.3); the compiler hands them on as bounds of their own.
func (b *bound) holds(d *decimal) bool {
	order := d.compare(b.limit)
	if b.upper {
		order = -order
	}
	return order > 0 || order == 0 && !b.exclusive
}

// types is a set of the types of JSON (JSON Schema core draft 4 section 3.5).
type types uint8

const (
	null types = 1 << iota
	boolean
	number
	integer
	text
	array
	object
)

var typeNames = map[string]types{
	"null": null, "boolean": boolean, "number": number, "integer": integer,
	"string": text, "array": array, "object": object,
}

// typeOf is the type of a value and its name; an integer is a number too.
func typeOf(n own.Node) (types, string) {
	switch n.Kind() {
	case own.Null:
		return null, "null"
	case own.Bool:
		return boolean, "boolean"
	case own.String:
		return text, "string"
	case own.Array:
		return array, "array"
	case own.Object:
		return object, "object"
	}
	return number, "number"
}

// builder makes rules of compiled schemas, each once, so that a reference may
// lead back to where it is: trees and lists are described by such models.
type builder map[*jsonschema.Schema]*rule

// A schema that refers to another is that other one: JSON Reference section 3
// ignores what stands beside $ref.
func (b builder) rule(s *jsonschema.Schema) *rule {
	if s == nil {
		return nil
	}
	if made := b[s]; made != nil {
		return made
	}
	r := &rule{}
	// Known before its parts are made: one of them may refer back to it.
	b[s] = r
	if s.Ref != nil {
		r.ref = b.rule(s.Ref)
		return r
	}
	b.general(r, s)
	b.members(r, s)
	b.items(r, s)
	// Validation draft 4 sections 5.2.1 to 5.2.3.
	r.minLength, r.maxLength = s.MinLength, s.MaxLength
	r.pattern = patternOf(s.Pattern)
	r.numbers(s)
	return r
}

// Keywords for any kind of value (validation draft 4 section 5.5) and format
// (section 7).
func (b builder) general(r *rule, s *jsonschema.Schema) {
	if s.Types != nil {
		names := s.Types.ToStrings()
		for _, name := range names {
			r.types |= typeNames[name]
		}
		r.wanted = quoted(sorted(names))
	}
	if s.Enum != nil {
		r.enum = newEnum(s.Enum.Values)
	}
	// Payloads are matched by Java's expressions, so that what is one is asked of that grammar.
	if r.format = s.Format; r.format != nil && r.format.Name == "regex" {
		r.format = &jsonschema.Format{Name: "regex", Validate: isPattern}
	}
	r.all, r.any, r.one = b.rules(s.AllOf), b.rules(s.AnyOf), b.rules(s.OneOf)
	if s.Not != nil {
		r.not = []*rule{b.rule(s.Not)}
	}
}

func (b builder) rules(list []*jsonschema.Schema) (made []*rule) {
	for _, s := range list {
		made = append(made, b.rule(s))
	}
	return made
}

// Patterns and dependencies are put in order: a map would tell violations in
// another order each time.
func (b builder) members(r *rule, s *jsonschema.Schema) {
	// Validation draft 4 sections 5.4.1 to 5.4.3.
	r.minMembers, r.maxMembers, r.required = s.MinProperties, s.MaxProperties, s.Required
	if len(s.Properties) > 0 {
		r.properties = make(map[string]*rule, len(s.Properties))
	}
	for name, member := range s.Properties {
		r.properties[name] = b.rule(member)
	}
	for name, member := range s.PatternProperties {
		r.matching = append(r.matching, matching{patternOf(name), b.rule(member)})
	}
	slices.SortFunc(r.matching, func(x, y matching) int { return strings.Compare(x.name.String(), y.name.String()) })
	r.others, r.noOthers = b.additional(s.AdditionalProperties)
	for _, name := range slices.Sorted(maps.Keys(s.Dependencies)) {
		d := dependency{name: name}
		switch on := s.Dependencies[name].(type) {
		case []string:
			d.required = on
		case *jsonschema.Schema:
			d.rule = b.rule(on)
		}
		r.dependencies = append(r.dependencies, d)
	}
}

// additionalItems means nothing beside an items that is one schema (validation
// draft 4 section 5.3.1.2).
func (b builder) items(r *rule, s *jsonschema.Schema) {
	// Validation draft 4 sections 5.3.2 to 5.3.4.
	r.minItems, r.maxItems, r.unique = s.MinItems, s.MaxItems, s.UniqueItems
	switch items := s.Items.(type) {
	case *jsonschema.Schema:
		r.each = b.rule(items)
	case []*jsonschema.Schema:
		r.first = b.rules(items)
		r.rest, r.noRest = b.additional(s.AdditionalItems)
	}
}

// true is the default of both keywords and asks for nothing.
func (b builder) additional(v any) (more *rule, none bool) {
	switch v := v.(type) {
	case bool:
		return nil, !v
	case *jsonschema.Schema:
		return b.rule(v), false
	}
	return nil, false
}

// Numbers of a model are exact, as big.Rat has them; none is rounded on the way.
func (r *rule) numbers(s *jsonschema.Schema) {
	for _, of := range []struct {
		limit            *big.Rat
		upper, exclusive bool
	}{
		{s.Minimum, false, false}, {s.Maximum, true, false},
		{s.ExclusiveMinimum, false, true}, {s.ExclusiveMaximum, true, true},
	} {
		if of.limit != nil {
			r.bounds = append(r.bounds, bound{exactly(of.limit), of.upper, of.exclusive})
		}
	}
	if s.MultipleOf != nil {
		r.multiple = newUnit(s.MultipleOf)
	}
}

// The compiler was given our reader of expressions, so that each of its own is one of ours.
func patternOf(r jsonschema.Regexp) *pattern.Pattern {
	if e, ok := r.(expression); ok {
		return e.p
	}
	return nil
}

// isPattern is the format regex: the pattern is read and not made, for nothing is
// matched by it.
func isPattern(v any) error {
	s, _ := v.(string)
	return pattern.Check(s)
}

// enum are the values that a schema allows, by the keys of equal values. A
// payload's value costs one look-up, however many there are.
type enum struct {
	keys    map[string]struct{}
	longest int
	text    string // for the violation
}

// Values are written and read again, so that they have keys of the same reader as
// payloads.
func newEnum(list []any) *enum {
	e := &enum{keys: map[string]struct{}{}}
	var words []string
	for _, v := range list {
		raw, err := json.Marshal(v)
		if err != nil {
			continue // there is nothing in JSON that cannot be written
		}
		doc, err := own.ParseStrict(string(raw))
		if err != nil {
			continue
		}
		k := keyer{limit: math.MaxInt}
		key, err := k.append(nil, doc.Root())
		words = append(words, shown(doc.Root()))
		doc.Release()
		if err == nil {
			e.keys[string(key)] = struct{}{}
			e.longest = max(e.longest, len(key))
		}
	}
	e.text = "[" + strings.Join(words, ",") + "]"
	return e
}
