package payload

import (
	stdjson "encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Field is one header line, query parameter, path parameter or stage variable.
type Field struct{ Name, Value string }

// Member is one member of an object of JSON. A value is a string, bool, int,
// int64, float64, []string, []Member, nil, or json.RawMessage for anything else.
type Member struct {
	Name  string
	Value any
}

// timeFormat is that of the Common Log Format, as in 12/Mar/2020:19:03:58 +0000,
// in UTC.
const timeFormat = "02/Jan/2006:15:04:05 -0700"

// writer appends JSON. It remembers nothing: whether a comma is due shows in the
// last byte. Events are made for every request, and encoding/json would need a
// structure of each kind and could not keep the order of members.
type writer struct{ b []byte }

func (w *writer) open(c byte) { w.b = append(w.b, c) }

func (w *writer) close(c byte) { w.b = append(w.b, c) }

// A string ends in a quote, so that its text can never be taken for an open bracket here.
func (w *writer) comma() {
	switch w.b[len(w.b)-1] {
	case '{', '[', ':':
	default:
		w.b = append(w.b, ',')
	}
}

func (w *writer) name(name string) {
	w.comma()
	w.b = json.AppendString(w.b, name, json.Compact)
	w.b = append(w.b, ':')
}

func (w *writer) text(name, value string) {
	w.name(name)
	w.b = json.AppendString(w.b, value, json.Compact)
}

// some writes a text unless it is empty.
func (w *writer) some(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

// orNull writes an empty text as null.
func (w *writer) orNull(name, value string) {
	if value == "" {
		w.null(name)
		return
	}
	w.text(name, value)
}

func (w *writer) null(name string) { w.raw(name, "null") }

func (w *writer) raw(name, value string) {
	w.name(name)
	w.b = append(w.b, value...)
}

func (w *writer) number(name string, n int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *writer) flag(name string, v bool) {
	w.name(name)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) moment(name string, t time.Time) {
	w.name(name)
	w.b = append(w.b, '"')
	w.b = t.UTC().AppendFormat(w.b, timeFormat)
	w.b = append(w.b, '"')
}

func (w *writer) texts(name string, list []string) {
	w.name(name)
	w.list(list)
}

func (w *writer) list(list []string) {
	w.open('[')
	for _, s := range list {
		w.comma()
		w.b = json.AppendString(w.b, s, json.Compact)
	}
	w.close(']')
}

func (w *writer) members(name string, list []Member) {
	w.name(name)
	w.object(list)
}

func (w *writer) object(list []Member) {
	w.open('{')
	for _, m := range list {
		w.name(m.Name)
		w.value(m.Value)
	}
	w.close('}')
}

func (w *writer) value(v any) {
	switch v := v.(type) {
	case string:
		w.b = json.AppendString(w.b, v, json.Compact)
	case bool:
		w.b = strconv.AppendBool(w.b, v)
	case int:
		w.b = strconv.AppendInt(w.b, int64(v), 10)
	case int64:
		w.b = strconv.AppendInt(w.b, v, 10)
	case float64:
		w.b = appendFloat(w.b, v)
	case []string:
		w.list(v)
	case []Member:
		w.object(v)
	// Copied unread: it was a part of a token or a payload, and has been read there.
	case stdjson.RawMessage:
		if len(v) > 0 {
			w.b = append(w.b, v...)
			return
		}
		w.b = append(w.b, "null"...)
	default:
		w.b = append(w.b, "null"...)
	}
}

// JSON has no infinity and no NaN (RFC 8259 section 6); null stands for them.
func appendFloat(b []byte, f float64) []byte {
	out, err := stdjson.Marshal(f)
	if err != nil { // infinite or not a number
		return append(b, "null"...)
	}
	return append(b, out...)
}

// Fields lists names with all their values; the order of names is any.
func Fields(from map[string][]string) []Field {
	var list []Field
	for name, values := range from {
		for _, value := range values {
			list = append(list, Field{Name: name, Value: value})
		}
	}
	return list
}

// sorted orders fields by name without regard to case; fields of one name keep
// their order, which means something (RFC 9110 section 5.3). The given slice is
// not changed.
// Observed: events show names in this order.
func sorted(fields []Field) []Field {
	if !slices.IsSortedFunc(fields, byName) {
		fields = slices.Clone(fields)
		slices.SortStableFunc(fields, byName)
	}
	return fields
}

func byName(a, b Field) int {
	// By bytes of ASCII, which names of headers are (RFC 9110 section 5.1): no locale has a say.
	n := min(len(a.Name), len(b.Name))
	for i := range n {
		if d := int(lower(a.Name[i])) - int(lower(b.Name[i])); d != 0 {
			return d
		}
	}
	return len(a.Name) - len(b.Name)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// group is the end of the fields that share the name of fields[i].
func group(fields []Field, i int, fold bool) int {
	j := i + 1
	for j < len(fields) && (fields[j].Name == fields[i].Name || fold && strings.EqualFold(fields[j].Name, fields[i].Name)) {
		j++
	}
	return j
}

// last writes sorted fields as an object, the last value of each name.
func (w *writer) last(name string, fields []Field) {
	w.name(name)
	w.open('{')
	for i := 0; i < len(fields); {
		// Format 1.0 has both: the last value here, and all of them in a map of lists beside.
		j := group(fields, i, false)
		w.text(fields[i].Name, fields[j-1].Value)
		i = j
	}
	w.close('}')
}

// all writes sorted fields as an object of lists.
func (w *writer) all(name string, fields []Field) {
	w.name(name)
	w.open('{')
	for i := 0; i < len(fields); {
		j := group(fields, i, false)
		w.name(fields[i].Name)
		w.open('[')
		for ; i < j; i++ {
			w.comma()
			w.b = json.AppendString(w.b, fields[i].Value, json.Compact)
		}
		w.close(']')
	}
	w.close('}')
}

// joined writes sorted fields as an object, the values of each name joined by
// commas without a space; fold also joins names that differ in case, in small
// letters, since names of headers have no case (RFC 9110 section 5.1).
func (w *writer) joined(name string, fields []Field, fold bool) {
	w.name(name)
	w.open('{')
	for i := 0; i < len(fields); {
		j := group(fields, i, fold)
		// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations for HTTP APIs:
		// header names of format 2.0 are in small letters.
		if fold {
			w.lowerName(fields[i].Name)
		} else {
			w.name(fields[i].Name)
		}
		if j == i+1 {
			w.b = json.AppendString(w.b, fields[i].Value, json.Compact)
			i = j
			continue
		}
		// Observed: format 2.0 joins by a comma without a blank, in the order in which the lines came.
		values := make([]string, 0, j-i)
		for ; i < j; i++ {
			values = append(values, fields[i].Value)
		}
		w.b = json.AppendString(w.b, strings.Join(values, ","), json.Compact)
	}
	w.close('}')
}

// lowerName writes a name in small letters, of ASCII as those of headers are.
func (w *writer) lowerName(name string) {
	var room [64]byte
	if len(name) > len(room) {
		w.name(strings.ToLower(name))
		return
	}
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			w.name(strings.ToLower(name))
			return
		}
		room[i] = lower(name[i])
	}
	w.comma()
	w.b = json.AppendBytes(w.b, room[:len(name)], json.Compact)
	w.b = append(w.b, ':')
}
