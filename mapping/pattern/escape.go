package pattern

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// escape reads what follows a backslash outside of a class.
// Documented: the class, Backslashes, escapes, and quoting: one before a letter
// that means nothing is an error, so that letters may mean something one day.
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

// Documented: the class, Boundary matchers and Linebreak matcher.
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
		// Said when the pattern is read: matched as \b it would find other places without a word.
		if p.looking("{g}") {
			return nil, p.fail("Grapheme boundaries are not supported")
		}
		if p.has(flagClasses) {
			return anchor{unicodeEdge}, nil
		}
		return anchor{wordEdge}, nil
	case 'B':
		if p.has(flagClasses) {
			return anchor{notUnicodeEdge}, nil
		}
		return anchor{notWordEdge}, nil
	case 'G':
		return anchor{lastMatch}, nil
	case 'R':
		return lineBreak{}, nil
	}
	return p.namedRef()
}

// numberedRef takes further digits as long as so many groups exist.
// Documented: the class, Groups and capturing: \11 is the eleventh group, or the
// first one and a 1. One digit is taken even without the group, and such a
// reference never matches.
func (p *parser) numberedRef() node {
	n := 0
	for {
		p.skipComments()
		if !p.more() || p.src[p.pos] < '0' || p.src[p.pos] > '9' {
			break
		}
		next := n*10 + int(p.src[p.pos]-'0')
		// Groups count as far as the pattern is read: one that opens later is none of them yet.
		if n > 0 && next > p.groups {
			break
		}
		n = next
		p.pos++
	}
	return backref{n, p.has(flagFold), p.has(flagUnicode)}
}

// A name has to be known where it is referred to: unlike a number it cannot refer
// to a group that comes later.
//
// Documented: the class, Back references, \k<name>.
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
	return p.one(r), nil
}

// shorthand resolves \d and its kin; a capital is the rest of all characters.
// Documented: the class, Predefined character classes, which are of ASCII unless
// the flag U is set.
func (p *parser) shorthand(c byte) (set, bool) {
	var s set
	switch c | 0x20 {
	case 'd':
		s = p.either(digits(), "Digit")
	case 'w':
		s = words()
		if p.has(flagClasses) {
			s = unicodeWords()
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
	// The whole of Unicode is the other side, whatever the flag says of the shorthand itself.
	if c < 'a' {
		s = s.negate()
	}
	return s, true
}

// Documented: the class, Unicode support, UNICODE_CHARACTER_CLASS.
func (p *parser) either(ascii set, name string) set {
	if p.has(flagClasses) {
		if s, ok := posixUnicode(name); ok {
			return s
		}
	}
	return ascii
}

// Documented: the class, Classes for Unicode scripts, blocks, categories and
// binary properties.
func (p *parser) property(negate bool) (set, error) {
	name, err := p.propertyName()
	if err != nil {
		return nil, err
	}
	s, ok := p.lookUp(name)
	// Java words the two forms differently, and authors know its words.
	if key, value, keyed := strings.Cut(name, "="); !ok && keyed {
		return nil, p.fail("Unknown Unicode property {name=<" + strings.ToLower(key) + ">, value=<" + value + ">}")
	}
	if !ok {
		return nil, p.fail("Unknown character property name {" + name + "}")
	}
	if negate {
		s = s.negate()
	}
	return s, nil
}

// propertyName reads one letter or a name in braces. Java reads a zero where the
// pattern is over.
//
// Documented: the class, Unicode support: \pL is \p{L}, for one letter needs no braces.
func (p *parser) propertyName() (string, error) {
	p.skipComments()
	if !p.more() {
		return "\x00", nil
	}
	if !p.accept("{") {
		return string(p.rune()), nil
	}
	p.skipComments()
	name, _, closed := strings.Cut(p.src[p.pos:], "}")
	if !closed {
		return "", p.fail("Unclosed character family")
	}
	p.pos += len(name) + 1
	if name == "" {
		return "", p.fail("Empty character family")
	}
	return name, nil
}

// lookUp finds a property, each only once in a pattern: a set of Unicode has
// hundreds of spans, and a short pattern may name it a thousand times.
func (p *parser) lookUp(name string) (set, bool) {
	// With the flags: under i and U the same name is another set.
	key := name + strconv.Itoa(int(p.flags))
	if s, ok := p.known[key]; ok {
		return s, true
	}
	s, ok := property(name, p.has(flagClasses))
	if !ok {
		return nil, false
	}
	// Under i a property of case holds for letters of any case, as [A-Z] does.
	if p.has(flagFold) && cased(name) {
		s = anyCase(name, p.has(flagClasses))
	}
	if p.known == nil {
		p.known = map[string]set{}
	}
	p.known[key] = s
	return s, true
}

// escapedRune reads an escape that stands for exactly one character.
// Documented: the class, Characters: \a is the bell, \e escape, and \cx the
// control character of x.
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
		// Any character is taken and its bit turned over, as Java does: \c@ is NUL and \c? is DEL.
		return p.rune() ^ 64, nil
	}
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return 0, p.fail("Illegal/unsupported escape sequence")
	}
	return c, nil
}

// Documented: the class, Characters: \0n, \0nn and \0mnn with m up to 3; the zero
// keeps them apart from references to groups.
func (p *parser) octal() (rune, error) {
	n, count := rune(0), 0
	for ; count < 3; count++ {
		d, ok := p.digit(8)
		if !ok {
			break
		}
		// A third digit would pass 0377, so that it is a character of its own: \0400 is \040 and 0.
		if count == 2 && n > 31 {
			p.pos--
			break
		}
		n = n*8 + d
	}
	if count == 0 {
		return 0, p.fail("Illegal octal escape sequence")
	}
	return n, nil
}

// digit reads one digit of a number.
//
// Under the flag x white space and comments may stand between digits too.
// Documented: the class, COMMENTS: "whitespace is ignored".
func (p *parser) digit(base int) (rune, bool) {
	p.skipComments()
	if !p.more() {
		return 0, false
	}
	d, err := strconv.ParseUint(p.src[p.pos:p.pos+1], base, 8)
	if err != nil {
		return 0, false
	}
	p.pos++
	return rune(d), true
}

// hex reads \xhh or \x{h…h}.
//
// Documented: the class, Characters: \xhh has exactly two digits.
func (p *parser) hex() (rune, error) {
	if p.accept("{") {
		return p.codePoint()
	}
	high, ok := p.digit(16)
	low, ok2 := p.digit(16)
	if !ok || !ok2 {
		return 0, p.fail("Illegal hexadecimal escape sequence")
	}
	return high<<4 | low, nil
}

// Documented: the class, Characters: \x{h...h} up to Character.MAX_CODE_POINT.
func (p *parser) codePoint() (rune, error) {
	n, ok := p.digit(16)
	if !ok {
		return 0, p.fail("Illegal hexadecimal escape sequence")
	}
	for {
		d, ok := p.digit(16)
		if !ok {
			break
		}
		if n = n<<4 | d; n > unicode.MaxRune {
			return 0, p.fail("Hexadecimal codepoint is too big")
		}
	}
	if !p.accept("}") {
		return 0, p.fail("Unclosed hexadecimal escape sequence")
	}
	return n, nil
}

// utf16 reads \uhhhh, joining a surrogate pair written as two escapes.
// Documented: the class, Unicode support: the two are one character.
func (p *parser) utf16() (rune, error) {
	high, err := p.unit()
	if err != nil || !utf16.IsSurrogate(high) {
		return high, err
	}
	kept := p.pos
	if p.accept(`\`) && p.accept("u") {
		low, err := p.unit()
		if err != nil {
			return 0, err
		}
		// Two escapes that are no pair are two characters, and the second is read again.
		if joined := utf16.DecodeRune(high, low); joined != unicode.ReplacementChar {
			return joined, nil
		}
	}
	p.pos = kept
	return high, nil
}

// Documented: the class, Characters: \uhhhh has exactly four digits.
func (p *parser) unit() (rune, error) {
	n := rune(0)
	for range 4 {
		d, ok := p.digit(16)
		if !ok {
			return 0, p.fail("Illegal Unicode escape sequence")
		}
		n = n<<4 | d
	}
	return n, nil
}
