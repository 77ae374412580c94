package vtl

import (
	"strings"
)

// reference reads a reference or, inside method arguments, a bare word.
func (p *parser) reference() parsed {
	p.enter()
	first := p.ahead(1)
	n := &refNode{offset: p.base + first.begin}
	braces := p.optional(tkRefOpen)
	p.take(tkIdentifier)
	p.indexes(n)
	for p.is(tkDot) && p.ahead(2).kind == tkIdentifier {
		p.take(tkDot)
		p.member(n)
		p.indexes(n)
	}
	if braces {
		p.take(tkRefClose)
	}
	name := p.root(n, first, p.tok)
	n.slot = p.t.slot(name)
	n.name = name
	n.fallback = p.t.stock
	if name == "foreach" && outlives(n) {
		p.t.keepsScopes = true
	}
	p.leave()
	return parsed{n, first, p.tok}
}

func (p *parser) indexes(n *refNode) {
	for p.is(tkIndexOpen) {
		t := p.take(tkIndexOpen)
		arg := p.indexArgument()
		p.take(tkIndexClose)
		n.steps = append(n.steps, &indexStep{arg: arg, offset: p.base + t.begin})
	}
}

func (p *parser) indexArgument() node {
	p.optional(tkSpace)
	var arg parsed
	switch p.kind() {
	case tkString:
		arg = p.stringLiteral()
	case tkInteger:
		arg = p.integerLiteral()
	case tkTrue, tkFalse:
		arg = p.boolLiteral()
	case tkIdentifier, tkRefOpen:
		arg = p.reference()
	default:
		p.unexpected(p.ahead(1))
	}
	p.optional(tkSpace)
	return arg.node
}

// member reads a property or a method call after the dot. It is a call when
// the parenthesis comes at once and something that can begin an argument, or
// the closing parenthesis, follows.
func (p *parser) member(n *refNode) {
	t := p.ahead(1)
	if p.ahead(2).kind != tkOpenParen || !beginsArgument(p.ahead(3).kind) && p.ahead(3).kind != tkCloseArgs {
		p.take(tkIdentifier)
		n.steps = append(n.steps, newProperty(t.image, p.base+t.begin))
		return
	}
	p.take(tkIdentifier)
	p.take(tkOpenParen)
	m := newCall(t.image, p.base+t.begin)
	if beginsArgument(p.kind()) {
		m.args = append(m.args, p.argument())
		for p.optional(tkComma) {
			m.args = append(m.args, p.argument())
		}
	}
	p.take(tkCloseArgs)
	m.prepare()
	n.steps = append(n.steps, m)
}

func beginsArgument(k tokenKind) bool {
	switch k {
	case tkOpenBracket, tkOpenCurly, tkSpace, tkString, tkTrue, tkFalse, tkInteger, tkFloat, tkIdentifier, tkRefOpen:
		return true
	}
	return false
}

// argument reads one value, with the white space around it.
func (p *parser) argument() node {
	p.optional(tkSpace)
	var arg parsed
	switch p.kind() {
	case tkString:
		arg = p.stringLiteral()
	case tkInteger:
		arg = p.integerLiteral()
	default:
		arg = p.compound()
	}
	p.optional(tkSpace)
	return arg.node
}

// compound reads a value that is neither a string nor an integer.
func (p *parser) compound() parsed {
	switch p.kind() {
	case tkOpenBracket:
		if p.beginsRange() {
			return p.rangeLiteral()
		}
		return p.listLiteral()
	case tkOpenCurly:
		return p.mapLiteral()
	case tkTrue, tkFalse:
		return p.boolLiteral()
	case tkIdentifier, tkRefOpen:
		return p.reference()
	case tkFloat:
		return p.floatLiteral()
	}
	p.unexpected(p.ahead(1))
	return parsed{}
}

// root finds what the first token of a reference says: how many backslashes
// stand before it, what else does, how it is printed when it has no value. It
// returns the name, and trims the token to the reference proper.
func (p *parser) root(n *refNode, first, last *token) string {
	if strings.Contains(first.image, `\!`) {
		return p.slashBang(n, first)
	}
	if i := backslashes(first.image); i > 0 {
		n.escaped = i%2 != 0
		n.escapes = first.image[:i/2]
		first.image = first.image[i:]
		first.begin += i
	}
	if i := strings.LastIndexByte(first.image, '$'); i > 0 {
		n.prefix = first.image[:i]
		first.image = first.image[i:]
		first.begin += i
	}
	n.source = p.source(first, last)
	n.text = n.source
	switch image := first.image; {
	case strings.HasPrefix(image, "$!"):
		if !n.escaped {
			n.source = ""
		}
		if strings.HasPrefix(image, "$!{") {
			return first.next.image
		}
		return image[2:]
	case image == "${":
		return first.next.image
	case strings.HasPrefix(image, "$"):
		return image[1:]
	}
	n.bare = true
	n.source = first.image
	return first.image
}

// slashBang handles $\!name, which is never a reference and prints one
// backslash less.
func (p *parser) slashBang(n *refNode, first *token) string {
	image := first.image
	dollar := strings.IndexByte(image, '$')
	if dollar < 0 {
		dollar = 0
	}
	start := dollar
	for start < len(image) && image[start] != '\\' {
		start++
	}
	count := backslashes(image[start:])
	// The scan steps over the character behind the backslashes as well.
	n.source = image[:start] + image[start:start+count-1] + image[start+count:]
	n.text = n.source
	n.hidden = true
	return n.source
}
