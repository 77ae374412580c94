package record

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// Received are the texts of what an exchange began with, for whoever must know whether
// one of them has become another.
func (r *Record) Received() []string {
	if s := r.Find(Receive); s != nil {
		return s.Data.texts(nil)
	}
	return nil
}

func (d Data) texts(all []string) []string {
	for i := range d {
		all = Data(d[i].inner).texts(append(all, d[i].text))
	}
	return all
}

// Concealed says that what a record shows of what it received is not what came, but for
// the texts that it had before: then the same cannot be sent again.
func (r *Record) Concealed(before []string) {
	if r.Origin != nil && !slices.Equal(before, r.Received()) {
		r.Origin, r.Unfit = nil, "what was received has secrets, which the record hides: the same message cannot be sent again"
	}
}

// Message is the body that an exchange received; an error says why it is not at hand.
func (r *Record) Message() ([]byte, error) {
	s := r.Find(Receive)
	if s == nil {
		return nil, fmt.Errorf("the record does not say what was received")
	}
	v := s.Data.Get("body")
	switch {
	case v == nil:
		return nil, nil
	case v.encoding != "":
		return nil, fmt.Errorf("the message was compressed (%s), and the record keeps its text: the same message cannot be sent again", v.encoding)
	case v.n > int64(len(v.text)):
		return nil, fmt.Errorf("the message has %d bytes, of which the record keeps %d: the same message cannot be sent again", v.n, len(v.text))
	}
	return []byte(v.text), nil
}

// Head is that of a request as an exchange received it.
type Head struct {
	Method, Path, Query string // the path escaped
	Header              []Line
}

// Line is one of a header.
type Line struct{ Name, Value string }

// Head is the head of the request that an exchange received; its method is "" where it
// received none. whole is false where something of it is longer than a record keeps.
func (r *Record) Head() (got Head, whole bool) {
	s := r.Find(Receive)
	if s == nil {
		return got, false
	}
	whole = true
	text := func(v *Value) string {
		if v == nil {
			return ""
		}
		// A text that was cut may lack the half of a character besides.
		whole = whole && len(v.text) <= Kept-utf8.UTFMax
		return v.text
	}
	got.Method, got.Path, got.Query = text(s.Data.Get("method")), text(s.Data.Get("path")), text(s.Data.Get("query"))
	if v := s.Data.Get("headers"); v != nil {
		for i := range v.inner {
			got.Header = append(got.Header, Line{v.inner[i].Name, text(&v.inner[i].Value)})
		}
	}
	return got, whole
}
