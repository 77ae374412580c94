package mask

import "strings"

// harvest learns the values in a text that stand behind names of secrets, and where they
// stand: of JSON, forms, queries and headers, in whatever they are wrapped. A name that
// was found at one level of escaping is not looked at again at the next, where the end
// of its value is less plain. also says what is secret besides, by its name.
func (m *Mask) harvest(s *Secrets, text string, cut bool, also func(name string) bool) []span {
	h := harvest{mask: m, secrets: s, cut: cut, also: also}
	(&view{text: text}).each(cut, h.level)
	return h.spans
}

const (
	// mostNamed is how many values behind names of secrets are learned for one record.
	// Beyond it nothing is shown.
	mostNamed = 256
	// mostValue is how much of one is looked for; what follows goes with it.
	mostValue = 4096
)

type harvest struct {
	mask    *Mask
	secrets *Secrets
	spans   []span
	cut     bool
	also    func(name string) bool // nil: nothing
	seen    map[int]bool           // where a separator was written whose name was known
}

// level looks at each sign that may stand between a name and a value.
func (h *harvest) level(v *view) {
	for at := range len(v.text) {
		switch v.text[at] {
		case ':', '=':
		case '>':
			h.element(v, at)
			continue
		default:
			continue
		}
		name, quoted := h.mask.nameBefore(v.text[:at])
		if name == "" {
			continue
		}
		r := h.mask.rule(name)
		switch {
		case r == 0 && v.text[at] == '=' && strings.EqualFold(name, "name"):
			h.part(v, at)
			continue
		case r == 0 && v.text[at] == '=':
			r = signed[strings.ToLower(name)]
		case r != 0 && v.text[at] == ':' && !quoted && h.mask.words[strings.ToLower(name)]:
			r = 0
		}
		if r == 0 && h.also != nil && h.also(name) {
			r = scheme
		}
		if r == 0 || h.seen[v.written(at)] {
			continue
		}
		if !h.count(v, at) {
			return
		}
		h.take(v, at, r, quoted)
	}
}

// count takes note of a value that is behind the name of a secret; false when there are too many.
func (h *harvest) count(v *view, at int) bool {
	if h.secrets.named++; h.secrets.named > mostNamed {
		h.secrets.overflow = true
		return false
	}
	if h.seen == nil {
		h.seen = map[int]bool{}
	}
	h.seen[v.written(at)] = true
	return true
}

// mostHead is how many bytes of a tag, or of a part's head, are looked at: longer ones have no secret
// by their name.
const mostHead = 512

// element takes the text of an element of XML behind its tag, whose name may have a prefix, as in
// <wsse:Password Type="…">.
func (h *harvest) element(v *view, at int) {
	s := v.text
	least := max(0, at-mostHead)
	from := strings.LastIndexByte(s[least:at], '<')
	if from < 0 {
		return
	}
	name, _, _ := strings.Cut(strings.TrimSpace(s[least+from+1:at]), " ")
	if _, local, prefixed := strings.Cut(name, ":"); prefixed {
		name = local
	}
	r := h.mask.rule(name)
	if r == 0 || h.seen[v.written(at)] || !h.count(v, at) {
		return
	}
	end := strings.IndexByte(s[at:], '<')
	if end < 0 {
		end = len(s) - at
	}
	h.hide(v, r, at+1, at+end, false)
}

// part takes the body of a part of a form (RFC 7578), which is how pages send one that they have made
// of fields: its name stands in the line Content-Disposition of the part's head.
func (h *harvest) part(v *view, at int) {
	s := v.text
	line := s[max(0, at-mostHead):at]
	line = line[strings.LastIndexAny(line, "\r\n")+1:]
	if len(line) < len(disposition) || !strings.EqualFold(line[:len(disposition)], disposition) {
		return
	}
	head := s[at+1 : min(len(s), at+1+mostHead)]
	name := head[:max(0, strings.IndexAny(head, ";\r\n"))]
	body := strings.Index(head, "\r\n\r\n")
	name = strings.Trim(name, `" `)
	r := max(h.mask.rule(name), signed[strings.ToLower(name)])
	if r == 0 || body < 0 || h.seen[v.written(at)] || !h.count(v, at) {
		return
	}
	from := at + 1 + body + len("\r\n\r\n")
	end := strings.Index(s[from:], "\r\n--")
	if end < 0 {
		end = len(s) - from
	}
	h.hide(v, r, from, from+end, false)
}

const disposition = "Content-Disposition:"

// within are the bytes of a name that is not in quotes.
var within = func() (t [256]bool) {
	for c := range t {
		t[c] = strings.IndexByte(" \t\r\n\"'&?#;,{}()[]<>=:", byte(c)) < 0
	}
	return t
}()

// nameBefore is the name that a text ends in, in quotes or not, and unescaped; "" where it
// is none that matters.
func (m *Mask) nameBefore(s string) (name string, quoted bool) {
	end := len(s)
	for end > 0 && strings.IndexByte(" \t\r\n", s[end-1]) >= 0 {
		end--
	}
	if end == 0 {
		return "", false
	}
	from, escaped := end, false
	// A letter of a name has six bytes of \u0000 at most.
	least := max(0, end-6*m.longest-8)
	if q := s[end-1]; q == '"' || q == '\'' {
		for end--; end > 0 && s[end-1] == '\\'; end-- {
		}
		for from = end; from > least && s[from-1] != q; from-- {
			escaped = escaped || s[from-1] == '\\' || s[from-1] == '%'
		}
		if from == 0 || s[from-1] != q {
			return "", false
		}
		quoted = true
	} else {
		for ; from > least && within[s[from-1]]; from-- {
			escaped = escaped || s[from-1] == '\\' || s[from-1] == '%' || s[from-1] == '+'
		}
	}
	switch name = s[from:end]; {
	case escaped:
		v := view{text: name}
		name = (&v).inner(false, anyEscape).text
		if !quoted {
			name = strings.ReplaceAll(name, "+", " ")
		}
	case len(name) > m.longest:
		return "", false
	}
	return name, quoted
}

// take learns the value behind a separator.
func (h *harvest) take(v *view, at int, r rule, quoted bool) {
	s := v.text
	from := at + 1
	for from < len(s) && strings.IndexByte(" \t\r\n", s[from]) >= 0 && (quoted || s[from] == ' ') {
		from++
	}
	if from == len(s) {
		return
	}
	slashes := 0
	for from+slashes < len(s) && s[from+slashes] == '\\' {
		slashes++
	}
	switch c := s[min(from+slashes, len(s)-1)]; {
	case c == '"' || c == '\'':
		from += slashes + 1
		h.hide(v, r, from, closing(s, from, c, slashes), false)
	case (c == '[' || c == '{') && s[at] == ':':
		h.inside(v, r, from)
	case s[at] == '=':
		h.hide(v, r, from, from+endOfField(s[from:]), false)
	case quoted: // a number, a truth or nothing
		n := strings.IndexAny(s[from:], ",}] \t\r\n")
		if n < 0 {
			n = len(s) - from
		}
		h.hide(v, r, from, from+n, true)
	default:
		h.line(v, r, at, from)
	}
}

// line takes the rest of a line, where a header or a member of YAML begins it; within a
// line, as much as a credential has.
func (h *harvest) line(v *view, r rule, at, from int) {
	s := v.text
	end := strings.IndexAny(s[from:], "\r\n")
	if end < 0 {
		end = len(s) - from
	}
	begins := strings.LastIndexAny(s[:at], "\r\n") + 1
	if strings.ContainsAny(strings.TrimSpace(s[begins:at]), " \t,;") {
		n := schemeOf(s[from : from+end])
		if next := strings.IndexAny(s[from+n:from+end], " \t,;"); next >= 0 {
			end = n + next
		}
	}
	h.hide(v, r, from, from+end, false)
}

// closing is where a string ends that has begun behind a quote with so many backslashes.
func closing(s string, from int, quote byte, slashes int) int {
	run := 0
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\\':
			run++
			continue
		case quote:
			if slashes == 0 && run%2 == 0 || slashes > 0 && run <= slashes {
				return i - run*min(slashes, 1)
			}
		}
		run = 0
	}
	return len(s)
}

// endOfField is how long the value of a field of a form or a query is.
func endOfField(s string) int {
	end := len(s)
	for i := range len(s) {
		if c := s[i]; strings.IndexByte("& \t\r\n\"'<>", c) >= 0 || c == ';' && (i+1 == len(s) || s[i+1] == ' ') {
			end = i
			break
		}
	}
	if end < len(s) && s[end] == '&' {
		return end
	}
	return len(strings.TrimRight(s[:end], ",})]"))
}

// inside takes all strings and numbers of an array or an object.
func (h *harvest) inside(v *view, r rule, from int) {
	s, depth := v.text, 0
	for i := from; i < len(s); {
		switch c := s[i]; {
		case c == '[' || c == '{':
			depth++
			i++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return
			}
			i++
		case c == '"' || c == '\'':
			slashes := 0
			for i-1-slashes >= from && s[i-1-slashes] == '\\' {
				slashes++
			}
			end := closing(s, i+1, c, slashes)
			if next := strings.TrimLeft(s[min(len(s), end+slashes+1):], " \t\r\n"); !strings.HasPrefix(next, ":") {
				h.hide(v, r, i+1, end, false)
			}
			i = end + slashes + 1
		case c == '-' || c >= '0' && c <= '9':
			n := strings.IndexAny(s[i:], ",}] \t\r\n")
			if n < 0 {
				n = len(s) - i
			}
			h.hide(v, r, i, i+n, true)
			i += n
		default:
			i++
		}
	}
}

// hide hides a value where it stands, and learns it.
func (h *harvest) hide(v *view, r rule, from, to int, quoted bool) {
	if from >= to || r == ticket && to-from < leastTicket {
		return
	}
	open := h.cut && to == len(v.text)
	value := plain(v.text[from:to])
	if len(value) > mostValue {
		value, open = value[:mostValue], true
	}
	h.mask.value(h.secrets, r, value, open)
	if len(value) != to-from { // its parts stand elsewhere than it is written
		r = all
	}
	for _, p := range parts(r, v.text[from:to]) {
		as := h.mask.mark(plain(v.text[from+p.from : from+p.to]))
		h.spans = append(h.spans, span{from: v.written(from + p.from), to: v.written(from + p.to), mark: as, quoted: quoted})
	}
}

// plain is a text with one level of escaping taken away.
func plain(s string) string {
	v := view{text: s}
	if !v.escaped() {
		return s
	}
	return (&v).inner(false, anyEscape).text
}
