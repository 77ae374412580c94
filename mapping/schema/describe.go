package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// describe lists in brackets what is wrong with a model, in the words that API
// Gateway has for payloads. A model is itself held against a schema, that of
// draft 4, so its faults are of the same kinds.
func describe(v *jsonschema.ValidationError) string {
	var list []string
	for _, leaf := range leaves(v, nil) {
		if text := complaint(leaf); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// leaves are the violations that have no further cause, in a stable order, as
// many as are told. Below anyOf, oneOf and not the causes are guesses, so the
// search ends there.
func leaves(v *jsonschema.ValidationError, list []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch v.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return append(list, v)
	}
	if len(v.Causes) == 0 {
		return append(list, v)
	}
	// The library goes through maps, so that its order is another in each run.
	causes := slices.Clone(v.Causes)
	slices.SortStableFunc(causes, func(a, b *jsonschema.ValidationError) int {
		return slices.Compare(a.InstanceLocation, b.InstanceLocation)
	})
	for _, c := range causes {
		if len(list) >= maxFound {
			break
		}
		list = leaves(c, list)
	}
	return list
}

// complaint words those violations that models have.
func complaint(v *jsonschema.ValidationError) string {
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		return "object has missing required properties (" + quoted(sorted(k.Missing)) + ")"
	case *kind.AdditionalProperties:
		return "object instance has properties which are not allowed by the schema: " + quoted(sorted(k.Properties))
	case *kind.Type:
		return "instance type (" + k.Got + ") does not match any allowed primitive type (allowed: " + quoted(sorted(k.Want)) + ")"
	case *kind.MinItems:
		return fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.AnyOf:
		return "instance failed to match at least one required schema"
	case *kind.Minimum:
		// Exact numbers print as fractions, which nobody has written in a model.
		want, _ := k.Want.Float64()
		got, _ := k.Got.Float64()
		return fmt.Sprintf("numeric instance is lower than the required minimum (minimum: %v, found: %v)", want, got)
	case *kind.Enum:
		if s, ok := k.Got.(string); ok {
			return fmt.Sprintf("instance value (%q) not found in enum (possible values: %v)", cut(s), k.Want)
		}
	}
	return cut(detail(v.ErrorKind))
}
