package message

import (
	"net/http"
	"slices"
	"strings"
)

// Field is one header line.
type Field struct{ Name, Value string }

// Header is a list of header lines in their order. Names are compared without
// regard to case and keep the spelling that they came with. The zero value is
// ready for use.
type Header []Field

// FromHTTP copies the header of a net/http message. Lines of one name keep their
// order; the order of names is by name, so that equal messages make equal lists.
func FromHTTP(from http.Header) Header {
	h := make(Header, 0, len(from)+4)
	for name, values := range from {
		for _, v := range values {
			h = append(h, Field{name, v})
		}
	}
	slices.SortStableFunc(h, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return h
}

// HTTP copies the header into net/http's form, with canonical names.
func (h Header) HTTP() http.Header {
	to := make(http.Header, len(h))
	for _, f := range h {
		to.Add(f.Name, f.Value)
	}
	return to
}

// Get is the first value of a name, or "".
func (h Header) Get(name string) string {
	if i := h.index(name, 0); i >= 0 {
		return h[i].Value
	}
	return ""
}

// Has says whether there is a line of that name.
func (h Header) Has(name string) bool { return h.index(name, 0) >= 0 }

// Values are all values of a name in their order; nil when there are none.
func (h Header) Values(name string) []string {
	var values []string
	for i := h.index(name, 0); i >= 0; i = h.index(name, i+1) {
		values = append(values, h[i].Value)
	}
	return values
}

// Joined are all values of a name, joined by commas (RFC 9110, 5.3); found is false when there are
// none. The one line that most names have is not copied.
func (h Header) Joined(name string) (value string, found bool) {
	i := h.index(name, 0)
	switch {
	case i < 0:
		return "", false
	case h.index(name, i+1) < 0:
		return h[i].Value, true
	}
	return strings.Join(h.Values(name), ","), true
}

// Add appends a line.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Set makes a line the only one of its name, in the place of the first.
func (h *Header) Set(name, value string) {
	i := h.index(name, 0)
	if i < 0 {
		h.Add(name, value)
		return
	}
	(*h)[i] = Field{name, value}
	h.del(name, i+1)
}

// SetDefault adds a line unless there is one of that name.
func (h *Header) SetDefault(name, value string) {
	if !h.Has(name) {
		h.Add(name, value)
	}
}

// Del removes all lines of a name.
func (h *Header) Del(name string) { h.del(name, 0) }

// Clone is an independent copy with room for a few more lines.
func (h Header) Clone() Header {
	return append(make(Header, 0, len(h)+4), h...)
}

func (h *Header) del(name string, from int) {
	i := h.index(name, from)
	if i < 0 {
		return
	}
	kept := (*h)[:i]
	for _, f := range (*h)[i+1:] {
		if !Same(f.Name, name) {
			kept = append(kept, f)
		}
	}
	*h = kept
}

func (h Header) index(name string, from int) int {
	for i := from; i < len(h); i++ {
		if Same(h[i].Name, name) {
			return i
		}
	}
	return -1
}

// Same compares two header names: ASCII letters match in either case.
func Same(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
