package blame

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// maxPart bounds what is looked at again of a noun that cannot be read, in bytes of JSON.
const maxPart = 1 << 20

// Decode reads JSON into a noun by its names; other members are refused.
func Decode(text []byte, noun any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	// A misspelled member of a document would be a rule that silently does not hold.
	// The wire is lenient instead, for its callers may have newer models.
	d.DisallowUnknownFields()
	return d.Decode(noun)
}

// Explain words an error of encoding/json for somebody who writes YAML, of a part whose name
// stands elsewhere.
func Explain(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		alone := *t
		alone.Field = "" // its path tells
		return fault.Plain(&alone)
	}
	return strings.Replace(fault.Plain(err), "unknown field", "unknown member", 1)
}

// Unread tells of each part of a value that a noun of this type cannot be read from, where
// Decode has refused the whole; at most so many as most says.
func Unread(n tree.Node, noun any, most int) []*tree.Error {
	fresh := reflect.TypeOf(noun).Elem()
	found := n.Wrong(func(part tree.Node) error {
		text, err := part.JSON(tree.Limits{Bytes: maxPart})
		if err != nil {
			return err
		}
		if err := Decode(text, reflect.New(fresh).Interface()); err != nil {
			return errors.New(Explain(err))
		}
		return nil
	}, most)
	for _, e := range found {
		if strings.HasPrefix(e.Message, "unknown member") {
			e.Message += expected(fresh, e.Way)
		}
	}
	return found
}

// expected tells what stands in a type where an unknown member does, "" where that is not known.
func expected(t reflect.Type, way []string) string {
	for _, name := range way[:len(way)-1] {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Map, reflect.Slice:
			t = t.Elem()
			continue
		case reflect.Struct:
		default:
			return ""
		}
		below := t
		for f := range t.Fields() {
			if memberName(&f) == name {
				below = f.Type
			}
		}
		t = below
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	var names []string
	for f := range t.Fields() {
		if name := memberName(&f); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return fmt.Sprintf(", expected one of %v", names)
}

// memberName is what a field is called in JSON.
func memberName(f *reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
