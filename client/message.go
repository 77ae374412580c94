package client

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/dragoman-gateway/dragoman/wire"
)

// message is an input on its way out: the members by where they travel.
type message struct {
	path  map[string]string
	query url.Values
	body  map[string]any
}

// compose reads an input struct by the tags of its fields; nil is absent.
func compose(in any) message {
	m := message{path: map[string]string{}, query: url.Values{}, body: map[string]any{}}
	v := reflect.ValueOf(in)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return m
	}
	for i := range v.NumField() {
		tag, field := v.Type().Field(i).Tag, v.Field(i)
		if absent(field) {
			continue
		}
		if name := tag.Get("path"); name != "" {
			m.path[name] = field.String()
		} else if name := tag.Get("query"); name != "" {
			m.query[name] = texts(field)
		} else if name, _, _ := strings.Cut(tag.Get("json"), ","); name != "" {
			m.body[name] = field.Interface()
		}
	}
	return m
}

func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// texts writes a value of the query.
func texts(v reflect.Value) []string {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Slice {
		return []string{fmt.Sprint(v.Interface())}
	}
	list := make([]string, v.Len())
	for i := range list {
		list[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return list
}

// arrange puts members, by wire name, where the operation wants them.
func arrange(o *wire.Operation, members map[string]any) (message, error) {
	m := message{path: map[string]string{}, query: url.Values{}, body: map[string]any{}}
	for name, value := range members {
		member := o.Member(name)
		switch {
		case member == nil:
			return m, fmt.Errorf("%s has no member %s", o.Name, name)
		case member.In == wire.InPath:
			m.path[name] = fmt.Sprint(value)
		case member.In == wire.InQuery:
			m.query[name] = texts(reflect.ValueOf(value))
		default:
			m.body[name] = value
		}
	}
	return m, nil
}

// target is the path with its members filled in, escaped, and the query.
func (m message) target(o *wire.Operation) (string, error) {
	var b strings.Builder
	for segment := range strings.SplitSeq(strings.TrimPrefix(o.Path, "/"), "/") {
		b.WriteByte('/')
		if !strings.HasPrefix(segment, "{") {
			b.WriteString(segment)
			continue
		}
		name := segment[1 : len(segment)-1]
		value := m.path[name]
		if value == "" {
			return "", fmt.Errorf("%s needs %s", o.Name, memberName(o, name))
		}
		b.WriteString(escape(value))
	}
	if len(m.query) > 0 {
		b.WriteString("?" + m.query.Encode())
	}
	return b.String(), nil
}

func memberName(o *wire.Operation, name string) string {
	if m := o.Member(name); m != nil {
		return m.Name
	}
	return name
}

// payload is the JSON of the body; nil for an operation without one.
func (m message) payload(o *wire.Operation) ([]byte, error) {
	for i := range o.Input {
		if o.Input[i].In == wire.InBody {
			return json.Marshal(m.body)
		}
	}
	return nil, nil
}

// escape encodes all but the unreserved characters of RFC 3986, as signatures want it.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
