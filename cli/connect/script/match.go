package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Values are what the names of a conversation stand for: values of JSON, or texts.
type Values map[string]any

// Difference is a place where a frame is not what it should be. Path is "" for the whole.
type Difference struct {
	Path string `json:"path"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

// maxDifferences is how many are told; whoever reads more has another frame before them.
const maxDifferences = 20

// Match holds a frame against an expectation. Names get their values only where
// everything fits; none of the differences is told twice.
func (l *Line) Match(f Frame, values Values) []Difference {
	if l.Want != nil {
		return l.Want.Match(f, values)
	}
	if l.Frame.Binary != f.Binary || !bytes.Equal(l.Frame.Body, f.Body) {
		return []Difference{{"", shown(l.Frame), shown(f)}}
	}
	return nil
}

// Match is Line.Match for one pattern.
func (p *Pattern) Match(f Frame, values Values) []Difference {
	if f.Binary {
		return []Difference{{"", p.text, shown(f)}}
	}
	m := &matching{p: p, values: maps.Clone(values)}
	if m.values == nil {
		m.values = Values{}
	}
	if !p.isJSON {
		if !m.text(p.whole, string(f.Body)) {
			return []Difference{{"", p.text, shown(f)}}
		}
	} else if got, err := decode(f.Body); err != nil {
		return []Difference{{"", "JSON", shown(f)}}
	} else {
		m.any("$", p.value, got)
	}
	if len(m.found) == 0 && values != nil {
		maps.Copy(values, m.values)
	}
	return m.found
}

// matching is one frame held against one pattern.
type matching struct {
	p      *Pattern
	values Values
	found  []Difference
}

func (m *matching) differ(path, want, got string) {
	if len(m.found) < maxDifferences {
		m.found = append(m.found, Difference{path, want, got})
	}
}

func (m *matching) any(path string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			m.object(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			m.list(path, w, g)
			return
		}
	case string:
		if m.isString(w, got) {
			return
		}
	case json.Number:
		if g, ok := got.(json.Number); ok && sameNumber(w, g) {
			return
		}
	default: // true, false, null
		if want == got {
			return
		}
	}
	m.differ(path, m.written(want), text(got))
}

// object wants the members that are written; others may be there.
func (m *matching) object(path string, want, got map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		at := path + member(name)
		value, there := got[name]
		h := m.alone(want[name])
		switch {
		case h != nil && h.kind == "absent":
			if there {
				m.differ(at, "absent", text(value))
			}
		case !there:
			m.differ(at, m.written(want[name]), "nothing")
		default:
			m.any(at, want[name], value)
		}
	}
}

// list wants all items in their order, unless {{...}} is the last.
func (m *matching) list(path string, want, got []any) {
	open := false
	if n := len(want); n > 0 {
		if h := m.alone(want[n-1]); h != nil && h.rest {
			want, open = want[:n-1], true
		}
	}
	for i, w := range want {
		at := fmt.Sprintf("%s[%d]", path, i)
		if i >= len(got) {
			m.differ(at, m.written(w), "nothing")
			continue
		}
		m.any(at, w, got[i])
	}
	for i := len(want); i < len(got) && !open; i++ {
		m.differ(fmt.Sprintf("%s[%d]", path, i), "nothing", text(got[i]))
	}
}

// alone is the hole that a value consists of, nil for any other.
func (m *matching) alone(value any) *hole {
	s, ok := value.(string)
	if !ok {
		return nil
	}
	r, n := utf8.DecodeRuneInString(s)
	if i := int(r - holeRune); n == len(s) && 0 <= i && i < len(m.p.holes) {
		return &m.p.holes[i]
	}
	return nil
}

func (m *matching) isString(want string, got any) bool {
	h := m.alone(want)
	if h == nil {
		g, ok := got.(string)
		return ok && m.text(want, g)
	}
	fits := true
	switch {
	case h.use != "":
		fits = text(got) == text(m.values[h.use])
	case h.re != nil:
		fits = m.fits("^(?:"+h.re.String()+")$", plain(got))
	case h.kind != "":
		fits = h.kind == kindOf(got)
	}
	if fits && h.capture != "" {
		m.values[h.capture] = got
	}
	return fits
}

// text holds a text against one with holes.
func (m *matching) text(want, got string) bool {
	var b strings.Builder
	for _, r := range want {
		if i := int(r - holeRune); 0 <= i && i < len(m.p.holes) {
			fmt.Fprintf(&b, "(?P<%s%d>%s)", group, i, m.p.holes[i].expression(m.values))
		} else {
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	whole := "(?s)^(?:" + b.String() + ")$"
	if m.p.search {
		whole = b.String()
	}
	return m.fits(whole, got)
}

// group is how the groups of holes begin their names, which those in the patterns of
// users do not.
const group = "dragoman_"

func (m *matching) fits(expression, got string) bool {
	re, err := regexp.Compile(expression)
	if err != nil { // its parts have compiled: it has become too large
		return false
	}
	found := re.FindStringSubmatch(got)
	for i, name := range re.SubexpNames() {
		var at int
		if _, err := fmt.Sscanf(name, group+"%d", &at); found != nil && err == nil {
			if capture := m.p.holes[at].capture; capture != "" {
				m.values[capture] = found[i]
			}
		}
	}
	return found != nil
}

// expression is what a hole in the midst of a text stands for.
func (h *hole) expression(values Values) string {
	switch {
	case h.use != "":
		return regexp.QuoteMeta(plain(values[h.use]))
	case h.re != nil:
		return h.re.String()
	case h.kind == "number":
		return `-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`
	case h.kind == "boolean":
		return "true|false"
	}
	return ".*?"
}

// maxExponent is how long a number may become to be compared by its value.
const maxExponent = 400

// sameNumber compares by value: 1, 1.0 and 1e0 are the same.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	if long(a) || long(b) {
		return false
	}
	x, ok := new(big.Rat).SetString(string(a))
	y, ok2 := new(big.Rat).SetString(string(b))
	return ok && ok2 && x.Cmp(y) == 0
}

func long(n json.Number) bool {
	var exponent int
	_, after, has := strings.Cut(strings.ToLower(string(n)), "e")
	if has {
		if _, err := fmt.Sscanf(after, "%d", &exponent); err != nil {
			return true
		}
	}
	return len(n) > maxExponent || exponent > maxExponent || exponent < -maxExponent
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	}
	return "null"
}

func member(name string) string {
	if identifier.MatchString(name) {
		return "." + name
	}
	return "[" + text(name) + "]"
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
