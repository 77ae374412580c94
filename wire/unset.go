package wire

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Creates says whether an operation makes something new. An empty text for an
// optional member is then no value: templates that are filled in by machines send
// one for what they leave out. In an update it clears what it names, or is judged.
//
// Observed: IntegrationUri "". Assumed: all others, those of structures too.
func (o *Operation) Creates() bool { return strings.HasPrefix(o.Name, "Create") }

// unset removes the optional members of an object whose value is an empty text or a
// structure of nothing else. Maps keep what they have: their keys are the caller's,
// and an empty text may be meant there.
func unset(members []Member, object map[string]json.RawMessage) {
	for i := range members {
		m := &members[i]
		raw, ok := object[m.Wire]
		switch {
		case !ok || m.In != InBody || !bytes.Contains(raw, []byte(`""`)):
		case string(raw) == `""` && !m.Required && isText(m.Shape.Type):
			delete(object, m.Wire)
		default:
			object[m.Wire] = unsetBelow(m.Shape, raw)
			if m.Shape.Type == Structure && !m.Required && string(object[m.Wire]) == "{}" {
				delete(object, m.Wire)
			}
		}
	}
}

func isText(t Type) bool { return t == String || t == Timestamp || t == Blob }

// unsetBelow is unset for the structures in a value. What is not of its shape is
// left for the checks to refuse.
func unsetBelow(s *Shape, raw json.RawMessage) json.RawMessage {
	var fresh any
	switch s.Type {
	case Structure:
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return raw
		}
		unset(s.Members, object)
		fresh = object
	case List:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil || items == nil {
			return raw
		}
		for i := range items {
			// An item of a list stays, even an empty one: to drop it would move those
			// behind it.
			items[i] = unsetBelow(s.Elem, items[i])
		}
		fresh = items
	case Map:
		var values map[string]json.RawMessage
		if json.Unmarshal(raw, &values) != nil {
			return raw
		}
		for key := range values {
			values[key] = unsetBelow(s.Elem, values[key])
		}
		fresh = values
	default:
		return raw
	}
	text, err := json.Marshal(fresh)
	if err != nil {
		return raw
	}
	return text
}

// empty says whether a member was sent empty.
func (m *Member) empty(raw json.RawMessage) bool {
	switch m.Shape.Type {
	case String:
		return string(raw) == `""`
	case List:
		var items []json.RawMessage
		return raw != nil && json.Unmarshal(raw, &items) == nil && len(items) == 0
	case Structure:
		var object map[string]json.RawMessage
		if raw == nil || json.Unmarshal(raw, &object) != nil {
			return false
		}
		for i := range m.Shape.Members {
			value, sent := object[m.Shape.Members[i].Wire]
			if sent && !isNull(value) && (m.Empty != EmptyClears || string(value) != `""`) {
				return false
			}
		}
		return true
	}
	return false
}
