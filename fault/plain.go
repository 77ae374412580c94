package fault

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// parsers are the packages whose errors begin with their name.
var parsers = [...]string{"yaml: ", "json: ", "xml: ", "tls: ", "x509: ", "sqlite: "}

// Plain words what a parser or another library says for those who wrote what it was
// given: without the names of packages and of the types of Go.
func Plain(err error) string {
	if err == nil {
		return ""
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		text := "expected " + kindOf(wrong.Type) + ", got " + article(wrong.Value)
		if wrong.Field != "" {
			text = wrong.Field + ": " + text
		}
		return text
	}
	text := err.Error()
	for cut := true; cut; {
		cut = false
		for _, name := range parsers {
			if rest, ok := strings.CutPrefix(text, name); ok {
				text, cut = rest, true
			}
		}
	}
	// The libraries of YAML and JSON speak of Go where a value has the wrong type.
	return strings.ReplaceAll(strings.ReplaceAll(text, "Go struct field", "member"), "Go value", "value")
}

// kindOf words a type of Go as JSON calls it.
func kindOf(t reflect.Type) string {
	if t == nil {
		return "another value"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "another value"
}

// article words what JSON calls a value: "string", "number 1.5", "array".
func article(value string) string {
	switch value {
	case "string":
		return "a text"
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "bool":
		return "true or false"
	case "number":
		return "a number"
	}
	return value
}
