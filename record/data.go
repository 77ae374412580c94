package record

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kept is how many bytes of a body, or of another text, a record keeps.
const Kept = 4096

// Data are the members of a step's data, in order.
type Data []Member

// Member is a named value. In a list it has no name.
type Member struct {
	Name string
	Value
}

// Value is a text, a number, a truth, a body, a list or an object. It is made without
// reflection and written without any, for records are made for each message.
type Value struct {
	kind     kind
	encoding string // of a body that was decoded to be kept, "" for none
	n        int64
	text     string
	inner    []Member
}

type kind uint8

const (
	absent kind = iota // is not shown
	text
	number
	truth
	body
	list
	object
	header
)

// Text is a member that is a text, cut where it is longer than is kept.
func Text(name, value string) Member { return Member{name, Value{kind: text, text: cut(value)}} }

// Some is a Text that is absent where it is empty.
func Some(name, value string) Member {
	if value == "" {
		return Member{}
	}
	return Text(name, value)
}

// Number is a member that is a number.
func Number(name string, value int64) Member { return Member{name, Value{kind: number, n: value}} }

// Truth is a member that is true or false.
func Truth(name string, value bool) Member {
	m := Member{name, Value{kind: truth}}
	if value {
		m.n = 1
	}
	return m
}

// Body is the three members of a body: a copy of its beginning, and how long it is.
func Body(content []byte) Member {
	kept := content
	if len(kept) > Kept {
		kept = kept[:Kept]
	}
	return Part(string(kept), int64(len(content)))
}

// Part is a Body of which the beginning is at hand, and how long it is as a whole. Of one
// that is compressed the text is kept: what is secret in it could not be seen otherwise, and
// nobody could read it.
func Part(kept string, whole int64) Member {
	if clear, encoding := inflate(kept); encoding != "" {
		return Member{"body", Value{kind: body, encoding: encoding, text: unbroken(clear[:min(len(clear), Kept)]), n: whole}}
	}
	if int64(len(kept)) < whole || len(kept) > Kept {
		kept = unbroken(kept[:min(len(kept), Kept)])
	}
	return Member{"body", Value{kind: body, text: kept, n: whole}}
}

// Texts is a list of texts.
func Texts(name string, values []string) Member {
	m := Member{name, Value{kind: list, inner: make([]Member, len(values))}}
	for i, value := range values {
		m.inner[i] = Text("", value)
	}
	return m
}

// Objects is a list of objects.
func Objects(name string, values []Data) Member {
	m := Member{name, Value{kind: list, inner: make([]Member, len(values))}}
	for i, value := range values {
		m.inner[i] = Member{"", Value{kind: object, inner: value}}
	}
	return m
}

// Object is an object.
func Object(name string, members Data) Member {
	return Member{name, Value{kind: object, inner: members}}
}

// cut is at most Kept bytes of a text, and no half of a character.
func cut(s string) string {
	if len(s) <= Kept {
		return s
	}
	return strings.Clone(short(s))
}

// short is cut for whoever copies it at once.
func short(s string) string {
	if len(s) <= Kept {
		return s
	}
	return unbroken(s[:Kept])
}

// whole is how many bytes of a text are no half of a character at its end.
func whole(b []byte) int {
	tail := b[max(0, len(b)-utf8.UTFMax):]
	return len(b) - len(tail) + len(unbroken(string(tail)))
}

// unbroken is a text without the half of a character that it ends in.
func unbroken(s string) string {
	for back := 1; back < utf8.UTFMax && back <= len(s); back++ {
		if utf8.RuneStart(s[len(s)-back]) {
			if !utf8.FullRuneInString(s[len(s)-back:]) {
				return s[:len(s)-back]
			}
			break
		}
	}
	return s
}

// String is the text of a text or of a body, as far as it was kept.
func (v *Value) String() string { return v.text }

// Get is the value of a member, nil for none.
func (d Data) Get(name string) *Value {
	for i := range d {
		if d[i].Name == name && d[i].kind != absent {
			return &d[i].Value
		}
	}
	return nil
}

// Each shows every text of a record to f, which may answer another in its place. name is
// that of the header or the member which a client or a backend has named so, "" for what
// this package names, and step the step that the text stands in, "" for none. It is for
// whoever must take something out of a record before it is kept.
func (r *Record) Each(f func(step Name, name, text string) string) {
	for _, of := range []*string{&r.Summary, &r.Route, &r.Stage} {
		*of = f("", "", *of)
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		s.Why = f(s.Name, "", s.Why)
		s.Data.each("", false, func(name, text string) string { return f(s.Name, name, text) })
	}
}

// each shows the texts of members. Names are foreign within a header and an object that
// has a name.
func (d Data) each(within string, foreign bool, f func(name, text string) string) {
	for i := range d {
		m, name := &d[i], within
		if foreign && d[i].Name != "" {
			name = d[i].Name
		}
		if m.kind == text || m.kind == body {
			m.text = f(name, m.text)
		}
		inner := foreign || m.kind == header || m.kind == object && m.Name != ""
		Data(m.inner).each(name, inner, f)
	}
}

// Count is a number with what there is so many of: one of them is called so.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
