package wire

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
)

// Apply decodes the members of the body onto noun, a pointer to a struct whose
// JSON names are those of the wire: a zero value to create, a stored one to
// PATCH. Absent members keep their stored value; how the others are merged, and what
// an empty one means, is said by the operation's members, see Merge and Empty.
// Nothing that noun shared with another value before the call is written to.
// Members that noun lacks are ignored.
//
// Observed: AWS merges routeSettings, stageVariables and parameters by key.
func (r *Request) Apply(noun any) error {
	v := reflect.ValueOf(noun)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic("wire: Apply wants a pointer to a struct")
	}
	return merge(v.Elem(), r.Body, "", r.Operation.Member)
}

// Decode decodes one member of the body into target, which is replaced whole. An
// absent member leaves target alone.
func (r *Request) Decode(member string, target any) error {
	raw, ok := r.Body[member]
	if !ok {
		return nil
	}
	return assign(reflect.ValueOf(target).Elem(), raw, member, false)
}

// merge sets the fields of a struct that members names. Names match exactly, and
// null is absent (Smithy, AWS restJson1 protocol); encoding/json would take any
// case and set the zero value. rules gives what the operation says of a member; nil
// for members below, of which it says nothing.
func merge(v reflect.Value, members map[string]json.RawMessage, path string, rules func(name string) *Member) error {
	t := v.Type()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		raw, ok := members[name]
		if !ok || isNull(raw) {
			continue
		}
		var rule Member
		if rules != nil && rules(name) != nil {
			rule = *rules(name)
		}
		if cleared := rule.Empty == EmptyClears && rule.empty(raw); cleared || rule.Merge == Replace {
			v.Field(i).SetZero()
			if cleared {
				continue
			}
		}
		if err := assign(v.Field(i), raw, join(path, name), rule.Empty == EmptyDrops); err != nil {
			return err
		}
	}
	return nil
}

// A type that reads itself, such as a time, is left to do so. Numbers and texts
// are encoding/json's. Of maps, drop removes what is sent empty.
func assign(v reflect.Value, raw json.RawMessage, path string, drop bool) error {
	if _, own := v.Addr().Interface().(json.Unmarshaler); own {
		return mistyped(path, json.Unmarshal(raw, v.Addr().Interface()))
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			fresh.Elem().Set(v.Elem()) // a copy: the old one may be shared
		}
		v.Set(fresh)
		return assign(fresh.Elem(), raw, path, drop)
	case reflect.Struct:
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return mistyped(path, err)
		}
		return merge(v, members, path, nil)
	case reflect.Map:
		return assignMap(v, raw, path, drop)
	case reflect.Slice:
		return assignSlice(v, raw, path)
	}
	return mistyped(path, json.Unmarshal(raw, v.Addr().Interface()))
}

// The map is made anew, since the stored one may be in the hands of a reader.
func assignMap(v reflect.Value, raw json.RawMessage, path string, drop bool) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return mistyped(path, err)
	}
	merged := reflect.MakeMapWithSize(v.Type(), v.Len()+len(members))
	for _, key := range v.MapKeys() {
		merged.SetMapIndex(key, v.MapIndex(key))
	}
	for key, value := range members {
		if isNull(value) {
			continue
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := assign(elem, value, join(path, key), drop); err != nil {
			return err
		}
		if drop && (elem.Kind() == reflect.String || elem.Kind() == reflect.Map) && elem.Len() == 0 {
			elem = reflect.Value{} // no value is none for the key
		}
		merged.SetMapIndex(reflect.ValueOf(key), elem)
	}
	v.Set(merged)
	return nil
}

// A null within a list is an empty element: what lists may hold was checked
// before.
func assignSlice(v reflect.Value, raw json.RawMessage, path string) error {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return mistyped(path, err)
	}
	list := reflect.MakeSlice(v.Type(), 0, len(items))
	for _, item := range items {
		elem := reflect.New(v.Type().Elem()).Elem()
		if !isNull(item) {
			if err := assign(elem, item, path, false); err != nil {
				return err
			}
		}
		list = reflect.Append(list, elem)
	}
	v.Set(list)
	return nil
}

func mistyped(path string, err error) error {
	if err == nil {
		return nil
	}
	return &fault.Error{Kind: fault.BadRequest, Message: "Invalid value at '" + path + "'", Err: err}
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
