package jsonpath

import (
	"strconv"
	"strings"
)

// parser reads paths and the filters inside them.
type parser struct {
	src   string
	i     int
	depth int
}

func (p *parser) fail(text string) error {
	return &SyntaxError{Path: p.src, Pos: p.i, Text: text}
}

func (p *parser) peek() byte {
	if p.i < len(p.src) {
		return p.src[p.i]
	}
	return 0
}

func (p *parser) space() {
	for p.i < len(p.src) && (p.src[p.i] == ' ' || p.src[p.i] == '\t' || p.src[p.i] == '\n' || p.src[p.i] == '\r') {
		p.i++
	}
}

// path reads a whole text as a path.
// Observed: a path that does not begin with $ is taken from the root, as in
// $input.path('name').
func (p *parser) path() (*Path, error) {
	// A path may come out of a payload, when a template hands it on.
	if len(p.src) > MaxLength {
		return nil, p.fail("path is too long")
	}
	p.src = strings.TrimSpace(p.src)
	if p.src == "" {
		return nil, p.fail("path is empty")
	}
	out := new(Path)
	// The text stays a path and does not become one name: dots within it still part
	// names.
	if c := p.src[0]; c != '$' && c != '@' {
		p.src = "$." + p.src
	}
	p.i++
	if err := p.rest(out, false); err != nil {
		return nil, err
	}
	return out, nil
}

// rest reads the steps after the root. Inside a filter the path ends where an
// operator may begin; elsewhere at the end of the text. Nothing follows a
// function: its answer is no part of the payload (the README, Functions).
func (p *parser) rest(out *Path, inFilter bool) error {
	for p.i < len(p.src) {
		var err error
		switch c := p.src[p.i]; {
		case out.call != nil && !inFilter:
			return p.fail("nothing may follow a function")
		case c == '.':
			p.i++
			err = p.dot(out, inFilter)
		case c == '[':
			err = p.bracket(out)
		// What stands here is the operator's, or closes the filter.
		case inFilter:
			return nil
		default:
			return p.fail("unexpected character")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dot reads what follows a dot. A scan needs a step that says what it looks for.
func (p *parser) dot(out *Path, inFilter bool) error {
	// Documented: the README, Operators: two dots are a deep scan.
	if p.peek() == '.' {
		p.i++
		out.steps = append(out.steps, deepStep{})
		if p.i >= len(p.src) {
			return p.fail("a path cannot end with a scan")
		}
	}
	switch p.peek() {
	case '.':
		return p.fail("unexpected dot")
	case '[':
		return p.bracket(out)
	}
	return p.member(out, inFilter)
}

// member reads a bare name, a wildcard or a function call. A bare name is
// anything up to a dot or bracket, hyphens and colons too; within a filter the
// letters of operators end it. A name with a space has to be quoted.
func (p *parser) member(out *Path, inFilter bool) error {
	if p.peek() == '*' {
		p.i++
		out.steps = append(out.steps, wildStep{})
		return nil
	}
	if p.peek() == '[' {
		return p.bracket(out)
	}
	ends := ".[("
	if inFilter {
		ends = ".[() \t\n\r=!<>&|,]"
	}
	start := p.i
	for p.i < len(p.src) && strings.IndexByte(ends, p.src[p.i]) < 0 {
		if p.src[p.i] == ' ' {
			return p.fail("space not allowed in a bare name")
		}
		p.i++
	}
	name := p.src[start:p.i]
	if name == "" {
		return p.fail("name expected")
	}
	if p.peek() == '(' {
		return p.function(out, name)
	}
	out.steps = append(out.steps, &nameStep{name: name})
	return nil
}

// Arguments of functions came with later releases and have no use without a
// second path.
func (p *parser) function(out *Path, name string) error {
	p.i++
	p.space()
	if p.peek() != ')' {
		return p.fail("functions take no arguments")
	}
	p.i++
	// A name with parentheses is never taken for a member: a misspelled function
	// would silently lead nowhere.
	if out.call = functionNamed(name); out.call == nil {
		return p.fail("unknown function " + name)
	}
	return nil
}

// bracket reads one [...]. What stands in it is told by its first letter.
// Documented: the README, Operators.
func (p *parser) bracket(out *Path) error {
	p.i++
	p.space()
	var s step
	var err error
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		s, err = p.names()
	case c == '*':
		p.i++
		s = wildStep{}
	case c == '?':
		s, err = p.filter()
	case c == '(':
		s, err = p.fromEnd()
	case c == '-' || c == ':' || c >= '0' && c <= '9':
		s, err = p.indexes()
	default:
		err = p.fail("cannot read what is in the brackets")
	}
	if err != nil {
		return err
	}
	p.space()
	if p.peek() != ']' {
		return p.fail("] expected")
	}
	p.i++
	out.steps = append(out.steps, s)
	return nil
}

// Several names make an object of those members and not a list, which is why the
// path stays definite.
func (p *parser) names() (step, error) {
	var names []string
	for {
		p.space()
		name, err := p.quoted()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if p.space(); p.peek() != ',' {
			break
		}
		p.i++
	}
	// Documented: the README, Operators: one quoted name is the same as a bare one.
	if len(names) == 1 {
		return &nameStep{name: names[0]}, nil
	}
	return &namesStep{names}, nil
}

// quoted reads a name or text in single or double quotes, with backslash escapes,
// which are those of JSON. A backslash before any other letter stands for the
// letter, so that \' is a quote.
func (p *parser) quoted() (string, error) {
	q := p.peek()
	if q != '\'' && q != '"' {
		return "", p.fail("quote expected")
	}
	p.i++
	start := p.i
	for p.i < len(p.src) && p.src[p.i] != q {
		if p.src[p.i] == '\\' {
			p.i++
		}
		p.i++
	}
	if p.i >= len(p.src) {
		// Told where the quote opens: the end of the text says nothing about which one it was.
		p.i = start - 1
		return "", p.fail("quote is not closed")
	}
	s := p.src[start:p.i]
	p.i++
	return unescape(s), nil
}

func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		// The escapes of JSON (RFC 8259 section 7).
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'u':
			if n, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+5, len(s))], 16, 32); err == nil && i+4 < len(s) {
				b.WriteRune(rune(n))
				i += 4
				continue
			}
			// Too few digits: as any other letter behind a backslash it stands for itself.
			b.WriteByte('u')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// indexes reads n, a,b or a slice.
// Documented: the README, Operators. A union keeps the order in which it was
// written.
func (p *parser) indexes() (step, error) {
	end := strings.IndexByte(p.src[p.i:], ']')
	if end < 0 {
		return nil, p.fail("] expected")
	}
	text := p.src[p.i : p.i+end]
	// Slices and unions do not mix: 1:2,3 is neither.
	if strings.IndexByte(text, ':') >= 0 {
		return p.slice(text, end)
	}
	s := &indexStep{}
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, p.fail("index expected")
		}
		s.at = append(s.at, n)
	}
	p.i += end
	return s, nil
}

// Either end may be left out, not both (the README, Operators). There is no step,
// unlike in Python.
func (p *parser) slice(text string, end int) (step, error) {
	a, b, _ := strings.Cut(text, ":")
	s := &sliceStep{}
	for _, side := range []struct {
		text string
		n    *int
		has  *bool
	}{{a, &s.from, &s.hasFrom}, {b, &s.to, &s.hasTo}} {
		t := strings.TrimSpace(side.text)
		if t == "" {
			continue
		}
		n, err := strconv.Atoi(t)
		if err != nil {
			return nil, p.fail("slice expected")
		}
		*side.n, *side.has = n, true
	}
	if !s.hasFrom && !s.hasTo {
		return nil, p.fail("slice needs an end")
	}
	p.i += end
	return s, nil
}

// fromEnd reads (@.length-n), which counts from the end of an array. Only release
// 2.0 has it; later ones write [-n].
func (p *parser) fromEnd() (step, error) {
	end := strings.IndexByte(p.src[p.i:], ']')
	if end < 0 {
		return nil, p.fail("] expected")
	}
	text := strings.ReplaceAll(p.src[p.i:p.i+end], " ", "")
	text = strings.Replace(text, "length()", "length", 1)
	digits, ok := strings.CutPrefix(text, "(@.length-")
	n, err := strconv.Atoi(strings.TrimSuffix(digits, ")"))
	if !ok || err != nil || n < 0 || !strings.HasSuffix(digits, ")") {
		return nil, p.fail("(@.length-n) expected")
	}
	p.i += end
	if n == 0 {
		return &sliceStep{hasTo: true}, nil // one past the end: nothing
	}
	return &indexStep{at: []int{-n}}, nil
}
