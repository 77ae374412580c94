package vtl

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// binds tells how strongly a binary operator binds, -1 for other tokens.
func binds(op tokenKind) int {
	switch op {
	case tkOr:
		return 0
	case tkAnd:
		return 1
	case tkEqual, tkNotEqual:
		return 2
	case tkLess, tkGreater, tkLessEqual, tkGreaterEqual:
		return 3
	case tkPlus, tkMinus:
		return 4
	case tkTimes, tkDivide, tkModulo:
		return 5
	}
	return -1
}

func (p *parser) expression() parsed {
	p.enter()
	first := p.ahead(1)
	n := p.binary(0)
	p.leave()
	return parsed{n.node, first, p.tok}
}

// binary reads operators that bind at least so strongly, grouping to the left.
// The span of an operation begins behind its operator, as in the grammar.
func (p *parser) binary(least int) parsed {
	left := p.unary()
	for {
		op := p.kind()
		strength := binds(op)
		if strength < least {
			return left
		}
		t := p.take(op)
		first := p.ahead(1)
		right := p.binary(strength + 1)
		left = parsed{p.newBinary(op, left, right, p.base+t.begin), first, p.tok}
	}
}

func (p *parser) unary() parsed {
	if p.is(tkNot) || p.is(tkSpace) && p.ahead(2).kind == tkNot {
		p.enter()
		p.optional(tkSpace)
		p.take(tkNot)
		first := p.ahead(1)
		n := p.unary()
		p.leave()
		return parsed{&notNode{n.node}, first, p.tok}
	}
	p.optional(tkSpace)
	n := p.primary()
	p.optional(tkSpace)
	return n
}

func (p *parser) primary() parsed {
	switch p.kind() {
	case tkString:
		return p.stringLiteral()
	case tkInteger:
		return p.integerLiteral()
	case tkOpenParen:
		p.take(tkOpenParen)
		n := p.expression()
		p.take(tkCloseParen)
		return n
	}
	return p.compound()
}

func (p *parser) constant(v Value) *constNode {
	n := p.space.consts.next()
	n.v = v
	return n
}

func (p *parser) boolLiteral() parsed {
	t := p.ahead(1)
	p.take(t.kind)
	n := p.constant(boolValue(t.kind == tkTrue))
	n.truthy = t.kind == tkTrue
	return parsed{n, t, t}
}

func (p *parser) integerLiteral() parsed {
	t := p.take(tkInteger)
	return parsed{p.constant(parseInteger(t.image)), t, t}
}

// parseInteger gives the smallest type that holds the number.
func parseInteger(s string) Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n == int64(int32(n)) {
			return intValue(int32(n))
		}
		return longValue(n)
	}
	n := json.BigInt(s)
	if n == nil {
		return Value{}
	}
	return bigValue(n)
}

func (p *parser) floatLiteral() parsed {
	t := p.take(tkFloat)
	f, _ := strconv.ParseFloat(t.image, 64) // too large is infinite, as in Java
	return parsed{p.constant(doubleValue(f)), t, t}
}

// after returns the token behind another one.
func (p *parser) after(t *token) *token {
	if t.next == nil {
		next, err := p.lex.next()
		if err != nil {
			err.offset += p.base
			panic(err)
		}
		t.next = next
	}
	return t.next
}

// beginsRange looks as far as the two dots.
func (p *parser) beginsRange() bool {
	t := p.pastSpace(p.ahead(2))
	if t.kind == tkInteger {
		t = p.after(t)
	} else if t = p.overReference(t); t == nil {
		return false
	}
	return p.pastSpace(t).kind == tkDots
}

func (p *parser) pastSpace(t *token) *token {
	if t.kind == tkSpace {
		return p.after(t)
	}
	return t
}

// overReference steps over a reference and returns what follows, or nil.
// Parsing it for real would be wasted if no dots follow.
func (p *parser) overReference(t *token) *token {
	braces := t.kind == tkRefOpen
	if braces {
		t = p.after(t)
	}
	if t.kind != tkIdentifier {
		return nil
	}
	for t = p.after(t); t != nil; {
		switch {
		case t.kind == tkDot && p.after(t).kind == tkIdentifier:
			t = p.after(p.after(t))
			if t.kind == tkOpenParen {
				t = p.overNested(t)
			}
		case t.kind == tkIndexOpen:
			t = p.overNested(t)
		case braces && t.kind == tkRefClose:
			return p.after(t)
		case braces:
			return nil
		default:
			return t
		}
	}
	return nil
}

// overNested steps from an opening token to behind the one that closes it.
func (p *parser) overNested(t *token) *token {
	for depth := 0; ; t = p.after(t) {
		switch t.kind {
		case tkOpenParen, tkIndexOpen:
			depth++
		case tkCloseArgs, tkIndexClose:
			if depth--; depth == 0 {
				return p.after(t)
			}
		case tkEOF, tkEnd, tkText, tkCloseParen:
			return nil
		}
	}
}

func (p *parser) rangeLiteral() parsed {
	first := p.take(tkOpenBracket)
	from := p.rangeEnd()
	p.take(tkDots)
	to := p.rangeEnd()
	p.take(tkCloseBracket)
	return parsed{&rangeNode{from: from, to: to, offset: p.base + first.begin}, first, p.tok}
}

func (p *parser) rangeEnd() node {
	p.optional(tkSpace)
	var n parsed
	switch p.kind() {
	case tkIdentifier, tkRefOpen:
		n = p.reference()
	default:
		n = p.integerLiteral()
	}
	p.optional(tkSpace)
	return n.node
}

func (p *parser) listLiteral() parsed {
	p.enter()
	defer p.leave()
	first := p.take(tkOpenBracket)
	n := &listNode{offset: p.base + first.begin}
	if beginsArgument(p.kind()) {
		n.items = append(n.items, p.argument())
		for p.optional(tkComma) {
			n.items = append(n.items, p.argument())
		}
	}
	p.take(tkCloseBracket)
	return parsed{n, first, p.tok}
}

func (p *parser) mapLiteral() parsed {
	p.enter()
	defer p.leave()
	first := p.take(tkOpenCurly)
	n := &mapNode{offset: p.base + first.begin}
	if beginsArgument(p.kind()) && (!p.is(tkSpace) || beginsArgument(p.ahead(2).kind)) {
		p.pair(n)
		for p.optional(tkComma) {
			p.pair(n)
		}
	} else {
		p.optional(tkSpace)
	}
	if p.is(tkRefClose) {
		p.take(tkRefClose)
	} else {
		p.take(tkCloseCurly)
	}
	return parsed{n, first, p.tok}
}

func (p *parser) pair(n *mapNode) {
	key := p.argument()
	p.take(tkColon)
	n.items = append(n.items, key, p.argument())
}

// stringLiteral reads a quoted string. In double quotes it is a template of
// its own as soon as it contains $ or #.
func (p *parser) stringLiteral() parsed {
	t := p.take(tkString)
	q := t.image[0]
	text := t.image[1 : len(t.image)-1]
	if q == '"' {
		decoded, ok := unescape(text)
		if !ok {
			p.deferred(t, `\u needs four hexadecimal digits`)
		}
		text = decoded
	}
	text = undouble(text, q)
	if q != '"' || !strings.ContainsAny(t.image, "$#") {
		return parsed{p.constant(stringValue(text)), t, t}
	}
	return parsed{p.interpolated(t, text), t, t}
}

// interpolated compiles the content of a double-quoted string. Velocity adds a
// space, which ends whatever stands last, and takes it away again; where a line
// comment would swallow the space it adds none.
func (p *parser) interpolated(t *token, text string) node {
	n, drops := &interpolatedNode{trim: !strings.Contains(text, "##")}, p.space.drops
	if n.trim {
		text += " "
	}
	sub := &parser{t: p.t, base: p.base + t.begin + 1, space: p.space}
	sub.lex.src, sub.lex.tokens = text, &p.space.tokens
	depth, open, steps, outer := p.space.depth, len(p.space.nodes), len(p.space.steps), p.space.collected
	list, err := sub.process()
	p.space.depth, p.space.nodes, p.space.steps = depth, p.space.nodes[:open], p.space.steps[:steps]
	p.space.collected = outer
	if err != nil {
		p.deferred(t, "in the quoted string: "+err.Message)
		p.t.deferred.offset = min(err.offset, p.base+t.begin+len(t.image))
	}
	n.list, n.drops = list, p.space.drops != drops
	return n
}

// undouble makes one quote of two.
func undouble(s string, q byte) string {
	if strings.IndexByte(s, q) < 0 {
		return s
	}
	return strings.ReplaceAll(s, string([]byte{q, q}), string(q))
}

// unescape decodes \uXXXX, joining surrogate pairs.
func unescape(s string) (string, bool) {
	i := strings.Index(s, `\u`)
	if i < 0 {
		return s, true
	}
	var b strings.Builder
	var high rune
	flush := func() {
		if high != 0 {
			b.WriteByte('?') // half of a pair; Java prints a question mark
			high = 0
		}
	}
	for ; i >= 0; i = strings.Index(s, `\u`) {
		if i > 0 {
			flush()
		}
		b.WriteString(s[:i])
		s = s[i+2:]
		if len(s) < 4 {
			return "", false
		}
		n, err := strconv.ParseInt(s[:4], 16, 32)
		if err != nil {
			return "", false
		}
		s = s[4:]
		r := rune(uint16(n))
		switch {
		case high != 0 && utf16.IsSurrogate(r) && r >= 0xDC00:
			b.WriteRune(utf16.DecodeRune(high, r))
			high = 0
		case r >= 0xD800 && r < 0xDC00:
			flush()
			high = r
		case r >= 0xDC00 && r < 0xE000:
			flush()
			b.WriteByte('?')
		default:
			flush()
			b.WriteRune(r)
		}
	}
	if s != "" {
		flush()
	}
	b.WriteString(s)
	flush()
	return b.String(), true
}
