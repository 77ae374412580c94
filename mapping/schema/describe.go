package schema

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// describe lists the violations in brackets, in the words of the validator that
// API Gateway shows them in.
func describe(v *jsonschema.ValidationError) string {
	var list []string
	for _, leaf := range leaves(v, nil) {
		if text := violation(leaf); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// leaves are the violations that have no further cause, in a stable order.
func leaves(v *jsonschema.ValidationError, list []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch v.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return append(list, v)
	}
	if len(v.Causes) == 0 {
		return append(list, v)
	}
	causes := slices.Clone(v.Causes)
	slices.SortStableFunc(causes, func(a, b *jsonschema.ValidationError) int {
		return slices.Compare(a.InstanceLocation, b.InstanceLocation)
	})
	for _, c := range causes {
		list = leaves(c, list)
	}
	return list
}

func violation(v *jsonschema.ValidationError) string {
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		return "object has missing required properties (" + quoted(sorted(k.Missing)) + ")"
	case *kind.AdditionalProperties:
		return "object instance has properties which are not allowed by the schema: " + quoted(sorted(k.Properties))
	case *kind.Type:
		return "instance type (" + k.Got + ") does not match any allowed primitive type (allowed: " + quoted(sorted(k.Want)) + ")"
	case *kind.Enum:
		return "instance value (" + value(k.Got) + ") not found in enum (possible values: " + values(k.Want) + ")"
	case *kind.Pattern:
		return "ECMA 262 regex " + strconv.Quote(k.Want) + " does not match input string " + strconv.Quote(k.Got)
	case *kind.MinLength:
		return fmt.Sprintf("string is too short (length: %d, required minimum: %d)", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("string is too long (length: %d, maximum allowed: %d)", k.Got, k.Want)
	case *kind.Minimum:
		return "numeric instance is lower than the required minimum (minimum: " + number(k.Want) + ", found: " + number(k.Got) + ")"
	case *kind.Maximum:
		return "numeric instance is greater than the required maximum (maximum: " + number(k.Want) + ", found: " + number(k.Got) + ")"
	case *kind.MinItems:
		return fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.MaxItems:
		return fmt.Sprintf("array is too long: must have at most %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.AnyOf:
		return "instance failed to match at least one required schema"
	case *kind.OneOf:
		return fmt.Sprintf("instance failed to match exactly one schema (matched %d)", len(k.Subschemas))
	case *kind.Not:
		return "instance matched a schema which it should not have"
	}
	text := v.Error()
	if i := strings.LastIndex(text, "': "); i >= 0 {
		text = text[i+3:]
	}
	return strings.ReplaceAll(text, "\n", " ")
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

func quoted(list []string) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(s))
	}
	return "[" + b.String() + "]"
}

func value(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(v)
}

func values(list []any) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, value(v))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func number(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}
