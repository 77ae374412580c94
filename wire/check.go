package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/fault"
)

// maxViolations bounds how many broken rules one answer lists: a body may break
// thousands.
const maxViolations = 10

// checker judges the members of a request by their shapes and collects what is
// wrong with them.
// Assumed: the wording, which is that of other AWS services with the same front.
type checker struct {
	violations []string
	clear      bool // empty texts are allowed here: they clear
}

func (c *checker) add(format string, args ...any) {
	if len(c.violations) < maxViolations {
		c.violations = append(c.violations, fmt.Sprintf(format, args...))
	}
}

// broken words a rule that a value does not keep.
func (c *checker) broken(value, path, format string, args ...any) {
	c.add("Value '%s' at '%s' failed to satisfy constraint: %s", shorten(value), path, fmt.Sprintf(format, args...))
}

func (c *checker) absent(path string) {
	c.add("Value null at '%s' failed to satisfy constraint: Member must not be null", path)
}

// The number comes first, as in AWS's texts for several violations.
func (c *checker) err() error {
	switch n := len(c.violations); n {
	case 0:
		return nil
	case 1:
		return fault.New(fault.BadRequest, "1 validation error detected: %s", c.violations[0])
	default:
		return fault.New(fault.BadRequest, "%d validation errors detected: %s", n, strings.Join(c.violations, "; "))
	}
}

// value checks one JSON value, which is well formed, against its shape. Types are
// not converted: Smithy's restJson1 has a JSON type for each shape, and a number
// that was sent as a text is a fault of the caller's.
func (c *checker) value(s *Shape, raw json.RawMessage, path string) {
	switch s.Type {
	case Structure:
		c.structure(s, raw, path)
	case Map:
		c.mapping(s, raw, path)
	case List:
		c.list(s, raw, path)
	case Boolean:
		if k := kindOf(raw); k != "a boolean" {
			c.mistyped(path, "a boolean", k)
		}
	case Integer:
		c.integer(s, raw, path)
	case Double:
		c.double(raw, path)
	default:
		c.text(s, raw, path)
	}
}

func (c *checker) mistyped(path, want, got string) {
	c.add("Value at '%s' failed to satisfy constraint: Member must be %s, but it is %s", path, want, got)
}

// Members that the shape lacks are ignored. New SDKs may send what this model
// does not know yet.
func (c *checker) structure(s *Shape, raw json.RawMessage, path string) {
	var members map[string]json.RawMessage
	if kindOf(raw) != "an object" || json.Unmarshal(raw, &members) != nil {
		c.mistyped(path, "an object", kindOf(raw))
		return
	}
	for i := range s.Members {
		m := &s.Members[i]
		value, ok := members[m.Wire]
		switch {
		case ok && !isNull(value):
			c.value(m.Shape, value, join(path, m.Wire))
		case m.Required:
			c.absent(join(path, m.Wire))
		}
	}
}

// Keys are checked in order, so that one request always gets one answer.
func (c *checker) mapping(s *Shape, raw json.RawMessage, path string) {
	var members map[string]json.RawMessage
	if kindOf(raw) != "an object" || json.Unmarshal(raw, &members) != nil {
		c.mistyped(path, "an object", kindOf(raw))
		return
	}
	keys := make([]string, 0, len(members))
	for key := range members {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		// A null is as if the key were not there, in all of AWS's JSON.
		if !isNull(members[key]) {
			c.value(s.Elem, members[key], join(path, shorten(key)))
		}
	}
}

// Elements are counted from 1, as AWS's texts do.
func (c *checker) list(s *Shape, raw json.RawMessage, path string) {
	var items []json.RawMessage
	if kindOf(raw) != "a list" || json.Unmarshal(raw, &items) != nil {
		c.mistyped(path, "a list", kindOf(raw))
		return
	}
	for i, item := range items {
		at := path + "." + strconv.Itoa(i+1) + ".member"
		if isNull(item) {
			// In a list it cannot be: what stands there has a place, and nothing in it.
			c.absent(at)
			continue
		}
		c.value(s.Elem, item, at)
	}
}

// An integer of Smithy has 32 bits.
func (c *checker) integer(s *Shape, raw json.RawMessage, path string) {
	if k := kindOf(raw); k != "a number" {
		c.mistyped(path, "an integer", k)
		return
	}
	n, err := strconv.ParseInt(string(raw), 10, 32)
	if err != nil {
		c.broken(string(raw), path, "Member must be an integer of 32 bits")
		return
	}
	c.bounds(s, n, path)
}

// A JSON number may be any; what a double cannot hold is refused rather than made
// infinite.
func (c *checker) double(raw json.RawMessage, path string) {
	if k := kindOf(raw); k != "a number" {
		c.mistyped(path, "a number", k)
	} else if _, err := strconv.ParseFloat(string(raw), 64); err != nil {
		c.broken(string(raw), path, "Member must be a number of 64 bits")
	}
}

func (c *checker) bounds(s *Shape, n int64, path string) {
	switch text := strconv.FormatInt(n, 10); {
	case s.Min != nil && n < *s.Min:
		c.broken(text, path, "Member must have value greater than or equal to %d", *s.Min)
	case s.Max != nil && n > *s.Max:
		c.broken(text, path, "Member must have value less than or equal to %d", *s.Max)
	}
}

// Lengths count characters, which is what Smithy's length trait counts.
func (c *checker) text(s *Shape, raw json.RawMessage, path string) {
	var value string
	if kindOf(raw) != "a string" || json.Unmarshal(raw, &value) != nil {
		c.mistyped(path, "a string", kindOf(raw))
		return
	}
	c.word(s, value, path)
}

// word checks a text, of the body, path or query. One rule is told, the first
// that it breaks.
func (c *checker) word(s *Shape, value, path string) {
	if value == "" && c.clear {
		return
	}
	n := int64(utf8.RuneCountInString(value))
	switch {
	case s.Enum != nil && !slices.Contains(s.Enum, value):
		c.broken(value, path, "Member must satisfy enum value set: [%s]", strings.Join(s.Enum, ", "))
	case s.Min != nil && n < *s.Min:
		c.broken(value, path, "Member must have length greater than or equal to %d", *s.Min)
	case s.Max != nil && n > *s.Max:
		c.broken(value, path, "Member must have length less than or equal to %d", *s.Max)
	case s.Pattern != nil && !s.Pattern.MatchString(value):
		c.broken(value, path, "Member must satisfy regular expression pattern: %s", s.Pattern)
	}
}

// kindOf names the JSON type of a value.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// shorten bounds what an answer repeats of a value. It cuts between characters,
// for the answer is JSON.
func shorten(s string) string {
	const most = 128
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
