package wire

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// router is a tree of path segments. It walks the escaped path, so that a segment
// may hold an escaped slash, and unescapes each part on its own: names of route
// keys and ARNs have slashes.
type router struct {
	fixed   map[string]*router
	label   *router // one segment, whatever it is
	greedy  *router // the rest of the path, slashes and all
	methods map[string]*Operation
}

func newRouter(operations []*Operation) *router {
	root := &router{}
	for _, o := range operations {
		at := root
		for segment := range strings.SplitSeq(strings.TrimPrefix(o.Path, "/"), "/") {
			at = at.child(o, segment)
		}
		if at.methods == nil {
			at.methods = map[string]*Operation{}
		}
		at.methods[o.Method] = o
	}
	return root
}

func (t *router) child(o *Operation, segment string) *router {
	label, isLabel := labelOf(segment)
	slot := &t.label
	switch {
	case !isLabel:
		if t.fixed[segment] == nil {
			if t.fixed == nil {
				t.fixed = map[string]*router{}
			}
			t.fixed[segment] = &router{}
		}
		return t.fixed[segment]
	// Smithy, httpLabel: a greedy label takes the rest of the path. ARNs of tags
	// travel in one.
	case o.Member(label).Greedy:
		slot = &t.greedy
	}
	if *slot == nil {
		*slot = &router{}
	}
	return *slot
}

// Smithy's httpLabel: {name} is one segment.
func labelOf(segment string) (string, bool) {
	if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
		return segment[1 : len(segment)-1], true
	}
	return "", false
}

// match is what became of a path: the operation with its path members, or the
// methods that the path has instead, or neither.
type match struct {
	operation *Operation
	path      map[string]string
	allow     []string
}

// find walks an escaped path. Segments that are not well escaped UTF-8 match nothing. What the path
// names goes into the given map, which is empty, or nil for a new one.
func (t *router) find(method, escaped string, path map[string]string) match {
	rest := strings.TrimPrefix(escaped, "/")
	// Observed: GET /v2/apis/ answers as GET /v2/apis does.
	rest = strings.TrimSuffix(rest, "/")
	var room [4]string // more than most operations have
	values := room[:0]
	for at := t; ; {
		segment, after, more := strings.Cut(rest, "/")
		next, value, whole := at.step(segment, rest)
		if next == nil {
			return match{}
		}
		if next == at.label || next == at.greedy {
			values = append(values, value)
		}
		if at, rest = next, after; whole || !more {
			return at.answer(method, values, path)
		}
	}
}

// step takes one segment, or the whole rest where the tree is greedy. A literal
// goes before a label.
func (t *router) step(segment, rest string) (next *router, value string, whole bool) {
	// Smithy, http trait, uri: literals are more specific than labels.
	if fixed := t.fixed[segment]; fixed != nil {
		return fixed, "", false
	}
	if next, whole = t.label, false; next == nil {
		next, whole, segment = t.greedy, true, rest
	}
	if next == nil {
		return nil, "", false
	}
	text, err := url.PathUnescape(segment)
	if err != nil || !utf8.ValidString(text) {
		return nil, "", false
	}
	return next, text, whole
}

// A path without the method is told which it has (RFC 9110 section 15.5.6).
func (t *router) answer(method string, values []string, path map[string]string) match {
	o := t.methods[method]
	if o == nil {
		m := match{}
		for name := range t.methods {
			m.allow = append(m.allow, name)
		}
		slices.Sort(m.allow)
		return m
	}
	if path == nil {
		path = make(map[string]string, len(values))
	}
	i := 0
	for segment := range strings.SplitSeq(o.Path, "/") {
		if label, ok := labelOf(segment); ok && i < len(values) {
			path[label] = values[i]
			i++
		}
	}
	return match{operation: o, path: path}
}
