package pattern

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// escape reads what follows a backslash outside of a class.
func (p *parser) escape() (node, error) {
	if !p.more() {
		return nil, p.fail("Unexpected internal error")
	}
	switch c := p.src[p.pos]; {
	case c >= '1' && c <= '9':
		return p.numberedRef(), nil
	case strings.IndexByte("AzZbBGRk", c) >= 0:
		p.pos++
		return p.assertion(c)
	}
	s, err := p.escapedSet()
	if err != nil {
		return nil, err
	}
	return p.char(s), nil
}

func (p *parser) assertion(c byte) (node, error) {
	switch c {
	case 'A':
		return anchor{beginText}, nil
	case 'z':
		return anchor{endText}, nil
	case 'Z':
		if p.has(flagUnixLine) {
			return anchor{endTextUnix}, nil
		}
		return anchor{endTextLine}, nil
	case 'b':
		if p.looking("{g}") {
			return nil, p.fail("Grapheme boundaries are not supported")
		}
		return anchor{wordEdge}, nil
	case 'B':
		return anchor{notWordEdge}, nil
	case 'G':
		return anchor{lastMatch}, nil
	case 'R':
		return lineBreak{}, nil
	}
	return p.namedRef()
}

// numberedRef takes further digits as long as so many groups exist.
func (p *parser) numberedRef() node {
	n := 0
	for p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		next := n*10 + int(p.src[p.pos]-'0')
		if n > 0 && next > p.groups {
			break
		}
		n = next
		p.pos++
	}
	return backref{n, p.has(flagFold), p.has(flagUnicode)}
}

func (p *parser) namedRef() (node, error) {
	if !p.accept("<") {
		return nil, p.fail(`\k is not followed by '<' for named capturing group`)
	}
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	index, ok := p.names[name]
	if !ok {
		return nil, p.fail("named capturing group <" + name + "> does not exist")
	}
	return backref{index, p.has(flagFold), p.has(flagUnicode)}, nil
}

// escapedSet reads an escape that stands for one character or a set of them,
// inside or outside of a class; the backslash is already read.
func (p *parser) escapedSet() (set, error) {
	if !p.more() {
		return nil, p.fail("Illegal/unsupported escape sequence")
	}
	c := p.src[p.pos]
	if s, ok := p.shorthand(c); ok {
		p.pos++
		return s, nil
	}
	if c == 'p' || c == 'P' {
		p.pos++
		return p.property(c == 'P')
	}
	r, err := p.escapedRune()
	if err != nil {
		return nil, err
	}
	return p.fold(single(r)), nil
}

// shorthand resolves \d and its kin.
func (p *parser) shorthand(c byte) (set, bool) {
	var s set
	switch c | 0x20 {
	case 'd':
		s = p.either(digits(), "Digit")
	case 'w':
		s = words()
		if p.has(flagClasses) {
			s = alphabetic().union(fromTable(unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control))
		}
	case 's':
		s = p.either(blanks(), "Space")
	case 'h':
		s = horizontals()
	case 'v':
		s = verticals()
	default:
		return nil, false
	}
	if c < 'a' {
		s = s.negate()
	}
	return s, true
}

func (p *parser) either(ascii set, name string) set {
	if p.has(flagClasses) {
		if s, ok := posixUnicode(name); ok {
			return s
		}
	}
	return ascii
}

func (p *parser) property(negate bool) (set, error) {
	if !p.more() {
		return nil, p.fail("Illegal/unsupported escape sequence")
	}
	name := ""
	if p.accept("{") {
		end := strings.IndexByte(p.src[p.pos:], '}')
		if end < 0 {
			return nil, p.fail("Unclosed character family")
		}
		name = p.src[p.pos : p.pos+end]
		p.pos += end + 1
	} else {
		name = string(p.rune())
	}
	s, ok := p.lookUp(name)
	if !ok {
		return nil, p.fail("Unknown character property name {" + name + "}")
	}
	if negate {
		s = s.negate()
	}
	return s, nil
}

// lookUp finds a property, each only once in a pattern.
func (p *parser) lookUp(name string) (set, bool) {
	key := name + strconv.Itoa(int(p.flags))
	if s, ok := p.known[key]; ok {
		return s, true
	}
	s, ok := property(name, p.has(flagClasses))
	if !ok {
		return nil, false
	}
	if p.has(flagFold) && cased(name) {
		s = s.foldUnicode()
	}
	if p.known == nil {
		p.known = map[string]set{}
	}
	p.known[key] = s
	return s, true
}

// cased tells the properties that stop to distinguish case under the flag i.
func cased(name string) bool {
	switch name {
	case "Lower", "Upper", "javaLowerCase", "javaUpperCase", "javaTitleCase", "Ll", "Lu", "Lt", "IsLowercase", "IsUppercase":
		return true
	}
	return false
}

// escapedRune reads an escape that stands for exactly one character.
func (p *parser) escapedRune() (rune, error) {
	c := p.rune()
	switch c {
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 'f':
		return '\f', nil
	case 'a':
		return 7, nil
	case 'e':
		return 27, nil
	case '0':
		return p.octal()
	case 'x':
		return p.hex()
	case 'u':
		return p.utf16()
	case 'c':
		if !p.more() {
			return 0, p.fail("Illegal control escape sequence")
		}
		return p.rune() ^ 64, nil
	}
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return 0, p.fail("Illegal/unsupported escape sequence")
	}
	return c, nil
}

func (p *parser) octal() (rune, error) {
	n, count := rune(0), 0
	for p.more() && count < 3 {
		c := p.src[p.pos]
		if c < '0' || c > '7' || count == 2 && n > 31 {
			break
		}
		n = n*8 + rune(c-'0')
		p.pos++
		count++
	}
	if count == 0 {
		return 0, p.fail("Illegal octal escape sequence")
	}
	return n, nil
}

func (p *parser) hex() (rune, error) {
	digits := ""
	if p.accept("{") {
		end := strings.IndexByte(p.src[p.pos:], '}')
		if end < 0 {
			return 0, p.fail("Unclosed hexadecimal escape sequence")
		}
		digits = p.src[p.pos : p.pos+end]
		p.pos += end + 1
	} else {
		digits = p.take(2)
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || n > unicode.MaxRune {
		return 0, p.fail("Illegal hexadecimal escape sequence")
	}
	return rune(n), nil
}

// utf16 reads \uhhhh, joining a surrogate pair written as two escapes.
func (p *parser) utf16() (rune, error) {
	n, err := strconv.ParseUint(p.take(4), 16, 32)
	if err != nil {
		return 0, p.fail("Illegal Unicode escape sequence")
	}
	r := rune(n)
	if utf16.IsSurrogate(r) && p.looking(`\u`) && len(p.src) >= p.pos+6 {
		low, err := strconv.ParseUint(p.src[p.pos+2:p.pos+6], 16, 32)
		if joined := utf16.DecodeRune(r, rune(low)); err == nil && joined != unicode.ReplacementChar {
			p.pos += 6
			return joined, nil
		}
	}
	return r, nil
}

func (p *parser) take(n int) string {
	end := min(p.pos+n, len(p.src))
	text := p.src[p.pos:end]
	p.pos = end
	return text
}
