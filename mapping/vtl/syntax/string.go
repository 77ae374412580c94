package syntax

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
)

// stringLiteral reads a quoted string. In double quotes it is a template of
// its own as soon as it contains $ or #.
//
// Source: ASTStringLiteral.init of Velocity 1.7; runtime.interpolate.string.literals is
// true by default.
func (p *parser) stringLiteral() parsed {
	t := p.take(tkString)
	image := p.lex.image(t)
	q := image[0]
	raw := image[1 : len(image)-1]
	text := raw
	if q == '"' {
		decoded, ok := unescape(text, nil)
		if !ok {
			p.deferred(t, `\u needs four hexadecimal digits`)
		}
		text = decoded
	}
	text = undouble(text, q)
	if q != '"' || !strings.ContainsAny(image, "$#") {
		return p.constant(t, Literal{Kind: String, Text: text})
	}
	n, err := p.interpolated(p.lex.begin(t), p.lex.end(t), raw, text)
	if err != nil {
		p.deferred(t, "in the quoted string: "+err.Message)
		p.space.deferred.offset = min(err.offset, p.at(p.lex.end(t)))
	}
	return parsed{n, t, t, n.Range}
}

// interpolated compiles the content of a double-quoted string. Velocity adds a
// space, which ends whatever stands last, and takes it away again; where a line
// comment would swallow the space it adds none.
//
// Source: ASTStringLiteral.init of Velocity 1.7.
func (p *parser) interpolated(begin, end int, raw, text string) (*Interpolated, *Error) {
	n := &Interpolated{
		Range: p.between(begin, end), Content: p.between(begin+1, end-1),
		Trim: !strings.Contains(text, "##"),
	}
	sub := &parser{t: p.t, Options: p.Options, space: p.space, origin: p.origin.within(begin+1, raw, text), end: p.at(end - 1)}
	sub.straight = !p.careful && sub.origin.outer == nil && sub.origin.shifts == nil
	if n.Trim {
		text += " "
	}
	sub.lex.src = text
	// Behind those of the outer one, which reads no more of them meanwhile.
	sub.lex.tokens, sub.lex.stack = p.lex.tokens[len(p.lex.tokens):], p.lex.stack[len(p.lex.stack):]
	s, drops := p.space, p.space.drops
	depth, open, steps, args, outer := s.depth, len(s.nodes), len(s.steps), len(s.args), s.collected
	list, err := sub.process()
	s.depth, s.nodes, s.steps, s.args, s.collected = depth, s.nodes[:open], s.steps[:steps], s.args[:args], outer
	n.List, n.Drops = list, s.drops != drops
	return n, err
}

// An origin tells where in the template stands what is being parsed: all of it,
// or the content of a quoted string, in which a quote may be two and a character
// six.
type origin struct {
	outer  *origin // nil: offsets are the template's
	base   int     // where it begins in the outer one
	shifts []shift
}

// A shift is where offsets move: from the one in what is parsed on, they are
// those from the other on.
type shift struct{ decoded, raw int }

// within is the origin of a string's content, of which text was made.
func (o origin) within(base int, raw, text string) origin {
	inner := origin{base: o.base + base}
	if o.outer != nil || o.shifts != nil {
		outer := o
		inner.outer, inner.base = &outer, base
	}
	if raw == text {
		return inner
	}
	middle := inner
	decoded, _ := unescape(raw, &middle.shifts)
	inner = origin{outer: &middle}
	for i := 0; i+1 < len(decoded); i++ {
		if decoded[i] == '"' && decoded[i+1] == '"' {
			i++
			inner.shifts = append(inner.shifts, shift{i - len(inner.shifts), i + 1})
		}
	}
	return inner
}

// of is where an offset is in the template.
func (o *origin) of(offset int) int {
	for ; o != nil; o = o.outer {
		if n := sort.Search(len(o.shifts), func(i int) bool { return o.shifts[i].decoded > offset }); n > 0 {
			offset += o.shifts[n-1].raw - o.shifts[n-1].decoded
		}
		offset += o.base
	}
	return offset
}

// undouble makes one quote of two.
//
// Source: ASTStringLiteral.init of Velocity 1.7. It is the one way to have the quote
// within a string.
func undouble(s string, q byte) string {
	if strings.IndexByte(s, q) < 0 {
		return s
	}
	return strings.ReplaceAll(s, string([]byte{q, q}), string(q))
}

// unescape decodes \uXXXX, joining surrogate pairs, and notes where that moves
// offsets if somebody wants to know.
//
// Source: ASTStringLiteral.replaceUnicode of Velocity 1.7. No other escape exists: \n
// stays two characters.
func unescape(s string, shifts *[]shift) (string, bool) {
	if !strings.Contains(s, `\u`) {
		return s, true
	}
	u := unescaper{shifts: shifts}
	for at := 0; ; {
		i := strings.Index(s[at:], `\u`)
		if i < 0 {
			u.plain(s[at:], at)
			u.flush(len(s))
			return u.String(), true
		}
		u.plain(s[at:at+i], at)
		at += i
		n, ok := hexDigits(s[at+2:])
		if !ok {
			return "", false
		}
		u.unit(n, at)
		at += 6
	}
}

// hexDigits reads the four digits behind \u.
//
// Source: Integer.parseInt(s, 16) in ASTStringLiteral.replaceUnicode of Velocity 1.7,
// which takes a sign for one of the four.
func hexDigits(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseInt(s[:4], 16, 32)
	return rune(uint16(n)), err == nil
}

// unescaper collects what was decoded.
type unescaper struct {
	strings.Builder
	high   rune // half of a pair that waits for the other
	shifts *[]shift
}

// plain adds what is no escape; it stands at an offset of the source.
func (u *unescaper) plain(s string, at int) {
	if s == "" {
		return
	}
	u.flush(at)
	u.WriteString(s)
}

// flush gives up a half pair; Java prints a question mark.
//
// Source: the Java SE 17 API, String.getBytes, which replaces what the charset cannot
// encode.
func (u *unescaper) flush(at int) {
	if u.high != 0 {
		u.high = 0
		u.WriteByte('?')
		u.shifted(at)
	}
}

// shifted notes that what comes next stands at an offset of the source.
func (u *unescaper) shifted(at int) {
	if u.shifts != nil {
		*u.shifts = append(*u.shifts, shift{u.Len(), at})
	}
}

// unit adds the UTF-16 unit of an escape that begins at an offset of the source.
func (u *unescaper) unit(r rune, at int) {
	switch {
	case u.high != 0 && r >= 0xDC00 && r < 0xE000:
		u.WriteRune(utf16.DecodeRune(u.high, r))
		u.high = 0
	case r >= 0xD800 && r < 0xDC00:
		u.flush(at)
		u.high = r
		return
	case r >= 0xDC00 && r < 0xE000:
		u.flush(at)
		u.WriteByte('?')
	default:
		u.flush(at)
		u.WriteRune(r)
	}
	u.shifted(at + 6)
}
