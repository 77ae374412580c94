package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/wire"
)

// parseValue reads the text of a flag: a scalar as it is, anything else as JSON
// or shorthand.
func parseValue(s *wire.Shape, text string) (any, error) {
	text, err := fromFile(text)
	if err != nil {
		return nil, err
	}
	switch s.Type {
	case wire.Map, wire.Structure, wire.List:
		value, err := parseNested(text)
		if err != nil {
			return nil, err
		}
		return convert(s, value, "")
	}
	return convert(s, text, "")
}

// parseList reads the words of a list: one word may be JSON for all of it.
func parseList(s *wire.Shape, words []string) (any, error) {
	list := []any{}
	for _, word := range words {
		word, err := fromFile(word)
		if err != nil {
			return nil, err
		}
		trimmed := strings.TrimSpace(word)
		if strings.HasPrefix(trimmed, "[") {
			var items []any
			if err := json.Unmarshal([]byte(trimmed), &items); err != nil {
				return nil, fmt.Errorf("invalid JSON: %w", err)
			}
			list = append(list, items...)
			continue
		}
		var item any = word
		if t := s.Elem.Type; t == wire.Structure || t == wire.Map {
			if item, err = parseNested(word); err != nil {
				return nil, err
			}
		}
		list = append(list, item)
	}
	return convert(s, list, "")
}

func parseNested(text string) (any, error) {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return parseShorthand(trimmed)
	}
	var value any
	if err := json.Unmarshal([]byte(trimmed), &value); err != nil {
		return nil, fmt.Errorf("invalid JSON: %w\nJSON received: %s", err, trimmed)
	}
	return value, nil
}

// convert gives a value the types and wire names of its shape. A value that does
// not fit is left unchanged where the server can judge it.
func convert(s *wire.Shape, value any, path string) (any, error) {
	switch s.Type {
	case wire.Structure:
		return convertStructure(s, value, path)
	case wire.Map:
		members, ok := value.(map[string]any)
		if !ok {
			return nil, expected(path, "a map", value)
		}
		out := map[string]any{}
		for key, v := range members {
			var err error
			if out[key], err = convert(s.Elem, v, path+"."+key); err != nil {
				return nil, err
			}
		}
		return out, nil
	case wire.List:
		items, ok := value.([]any)
		if !ok {
			items = []any{value}
		}
		out := make([]any, len(items))
		for i, v := range items {
			var err error
			if out[i], err = convert(s.Elem, v, path); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return convertScalar(s, value, path)
}

func convertStructure(s *wire.Shape, value any, path string) (any, error) {
	members, ok := value.(map[string]any)
	if !ok {
		return nil, expected(path, "a structure", value)
	}
	out := map[string]any{}
	for name, v := range members {
		m := memberNamed(s, name)
		if m == nil {
			return nil, fmt.Errorf("unknown parameter in input: %q, must be one of: %s", strings.TrimPrefix(path+"."+name, "."), namesOf(s))
		}
		var err error
		if out[m.Wire], err = convert(m.Shape, v, path+"."+name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func convertScalar(s *wire.Shape, value any, path string) (any, error) {
	text, isText := value.(string)
	switch {
	case !isText && s.Type == wire.String:
		switch value.(type) {
		case map[string]any, []any:
			return nil, expected(path, "a string", value)
		}
		return value, nil
	case isText && (s.Type == wire.Integer || s.Type == wire.Double):
		return number(text)
	case isText && s.Type == wire.Boolean:
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, expected(path, "true or false", value)
	}
	return value, nil
}

func expected(path, want string, got any) error {
	at := ""
	if path != "" {
		at = " at " + strings.TrimPrefix(path, ".")
	}
	return fmt.Errorf("expected %s%s, received: %v", want, at, got)
}

func memberNamed(s *wire.Shape, name string) *wire.Member {
	for i := range s.Members {
		if sameName(&s.Members[i], name) {
			return &s.Members[i]
		}
	}
	return nil
}

// sameName takes both the SDKs' names and those of the wire.
func sameName(m *wire.Member, name string) bool { return m.Name == name || m.Wire == name }

func namesOf(s *wire.Shape) string {
	names := make([]string, len(s.Members))
	for i := range s.Members {
		names[i] = s.Members[i].Name
	}
	return strings.Join(names, ", ")
}
