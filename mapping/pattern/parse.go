package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A SyntaxError tells why a pattern does not compile, as
// java.util.regex.PatternSyntaxException does.
type SyntaxError struct {
	Message string // Java's words where they are known
	Pattern string
	Index   int // byte offset near the fault
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s near index %d: %s", e.Message, e.Index, e.Pattern)
}

// Bounds of a pattern. Java has none of its own but its stack.
const (
	maxNesting = 250 // groups and classes within each other
	maxCount   = 1<<31 - 1
)

// MaxSource is the longest pattern, in bytes. A key of an integration response
// has fewer; templates build patterns of any length.
const MaxSource = 1 << 13

// flags are those of the class, by the letters that it documents under Special
// constructs.
type flags uint8

const (
	flagFold     flags = 1 << iota // i
	flagUnixLine                   // d
	flagMulti                      // m
	flagDotAll                     // s
	flagUnicode                    // u
	flagComments                   // x
	flagClasses                    // U
)

type parser struct {
	written string // the pattern as it was given
	src     string // without \Q and \E
	pos     int
	flags   flags
	groups  int
	names   map[string]int
	depth   int
	known   map[string]set // properties that were looked up before
	spans   int            // of all sets that were made, and what making them cost
}

// maxSpans bounds what the sets of a pattern may cost. \p{L} has 650 spans, and a few
// hundred of those within each other would keep whoever compiles them busy.
const maxSpans = 400_000

// parse reads a whole pattern; group 0 is not part of the tree. Quotes are undone
// before anything else, as in Java: see unquote.
func parse(src string) (n node, p *parser, err error) {
	p = &parser{src: src, written: src}
	if len(src) > MaxSource {
		return nil, p, p.fail("Pattern too long")
	}
	p.src = unquote(src)
	n, err = p.alternation()
	if err == nil && p.pos < len(p.src) {
		err = p.fail("Unmatched closing ')'")
	}
	return n, p, err
}

// fail points into the pattern as it was given.
// Documented: java.util.regex.PatternSyntaxException, getIndex: an approximate place will
// do.
func (p *parser) fail(message string) error {
	return &SyntaxError{Message: message, Pattern: p.written, Index: min(p.pos, len(p.written))}
}

func (p *parser) has(f flags) bool { return p.flags&f != 0 }

func (p *parser) more() bool { return p.pos < len(p.src) }

// looking reports whether the rest begins with the text.
func (p *parser) looking(text string) bool {
	return strings.HasPrefix(p.src[p.pos:], text)
}

// accept steps over the text if it comes next; under the flag x, white space and comments
// before it do not count.
func (p *parser) accept(text string) bool {
	p.skipComments()
	return p.acceptHere(text)
}

// acceptHere is accept where white space always counts.
func (p *parser) acceptHere(text string) bool {
	if p.looking(text) {
		p.pos += len(text)
		return true
	}
	return false
}

func (p *parser) rune() rune {
	r, w := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += w
	return r
}

// skipComments steps over white space and comments under the flag x.
// Documented: the class, COMMENTS: a comment begins with # and ends with the
// line.
func (p *parser) skipComments() {
	for p.has(flagComments) && p.more() {
		switch c := p.src[p.pos]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			p.pos++
		case c == '#':
			p.pos += len(p.src[p.pos:]) - len(strings.TrimLeftFunc(p.src[p.pos:], func(r rune) bool { return !p.lineEnd(r) }))
		default:
			return
		}
	}
}

// Documented: the class, UNIX_LINES and COMMENTS.
func (p *parser) lineEnd(r rune) bool {
	return r == '\n' || !p.has(flagUnixLine) && lineEnds().has(r)
}

// The branch that comes first wins, not the longest one. Depth is bounded, since
// parsing recurs with it.
func (p *parser) alternation() (node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.fail("Pattern nests too deeply")
	}
	defer func() { p.depth-- }()
	p.spans += 50
	var branches []node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		branches = append(branches, n)
		if !p.accept("|") {
			break
		}
	}
	if len(branches) == 1 {
		return branches[0], nil
	}
	return choice{branches}, nil
}

// What sets cost is looked at between elements, since one of a few bytes may have
// hundreds of spans.
func (p *parser) sequence() (node, error) {
	var parts []node
	for {
		p.skipComments()
		if !p.more() || p.src[p.pos] == '|' || p.src[p.pos] == ')' {
			break
		}
		if p.spans > maxSpans {
			return nil, p.fail("Pattern too complex")
		}
		written := p.src[p.pos:]
		n, err := p.atom()
		if err == nil && n != nil {
			n, err = p.quantifier(n, isGroup(written))
		}
		if err != nil {
			return nil, err
		}
		if n != nil {
			parts = append(parts, n)
		}
	}
	switch len(parts) {
	case 0:
		return empty{}, nil
	case 1:
		return parts[0], nil
	}
	return sequence{parts}, nil
}

// atom reads one element without its quantifier; nil means that it was only a
// change of flags. Closing brackets and braces that opened nothing are characters.
func (p *parser) atom() (node, error) {
	switch c := p.src[p.pos]; c {
	case '(':
		p.pos++
		return p.group()
	case '[':
		p.pos++
		s, err := p.class()
		return p.char(s), err
	case '\\':
		p.pos++
		return p.escape()
	case '^':
		p.pos++
		return p.caret(), nil
	case '$':
		p.pos++
		return p.dollar(), nil
	case '.':
		p.pos++
		return p.char(p.dot()), nil
	case '*', '+', '?':
		return nil, p.fail("Dangling meta character '" + string(c) + "'")
	case '{':
		return empty{}, nil // a count of nothing
	}
	return p.literal(p.rune()), nil
}

// char pays for the set, which a short pattern may name often.
func (p *parser) char(s set) node {
	p.spans += 16 + len(s)
	return char{newClass(s)}
}

func (p *parser) literal(r rune) node { return p.char(p.one(r)) }

// one is a single character, in all its cases when the flags ask for it.
// Documented: the class, CASE_INSENSITIVE: of ASCII alone unless UNICODE_CASE is
// set.
func (p *parser) one(r rune) set {
	switch {
	case !p.has(flagFold):
		return single(r)
	case p.has(flagUnicode):
		p.spans += 2
		return foldSingle(r)
	}
	return single(r).foldASCII()
}

// between is a range of characters, in all their cases when the flags ask for it.
func (p *parser) between(lo, hi rune) set {
	s := between(lo, hi)
	switch {
	case !p.has(flagFold):
		return s
	case p.has(flagUnicode):
		p.spans += 2 + len(cases().all)
		return s.foldRange()
	}
	return s.foldASCII()
}

// Documented: the class, Line terminators: the dot matches none of them, under d
// only no line feed, and under s everything.
func (p *parser) dot() set {
	switch {
	case p.has(flagDotAll):
		return set(nil).negate()
	case p.has(flagUnixLine):
		return single('\n').negate()
	}
	return lineEnds().negate()
}

// Documented: the class, MULTILINE.
func (p *parser) caret() node {
	switch {
	case !p.has(flagMulti):
		return anchor{beginText}
	case p.has(flagUnixLine):
		return anchor{beginLineUnix}
	}
	return anchor{beginLine}
}

// Without m the end of the text is also before a line terminator that is its last
// character (the class, Line terminators).
func (p *parser) dollar() node {
	switch {
	case p.has(flagMulti) && p.has(flagUnixLine):
		return anchor{endLineUnix}
	case p.has(flagMulti):
		return anchor{endLine}
	case p.has(flagUnixLine):
		return anchor{endTextUnix}
	}
	return anchor{endTextLine}
}
