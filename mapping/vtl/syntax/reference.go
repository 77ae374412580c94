package syntax

import (
	"strings"
)

// reference reads a reference or, inside method arguments, a bare word.
//
// Source: Reference of Parser.jjt of Velocity 1.7: a dot belongs to it only if a name
// follows, and ${ asks for its brace.
func (p *parser) reference() parsed {
	p.enter()
	first := p.ahead(1)
	n := p.space.refs.next()
	open := len(p.space.steps)
	braces := p.optional(tkRefOpen)
	p.take(tkIdentifier)
	p.path()
	if braces {
		p.take(tkRefClose)
	}
	p.goSteps(n, p.space.steps[open:])
	p.space.steps = p.space.steps[:open] // what is behind is cleared with all of it
	name := p.root(n, first, p.tok)
	begin, start := p.lex.begin(first), p.lex.start(first)
	n.Range = p.between(begin, p.lex.end(p.tok))
	if begin > start {
		if n.Before == nil {
			n.Before = &Before{}
		}
		n.Before.Range = p.between(start, begin)
	}
	n.Slot = int32(p.slot(name))
	p.Binder.Reference(n)
	p.leave()
	return parsed{n, first, p.tok, n.Range}
}

// path reads what stands behind the name of a variable.
func (p *parser) path() {
	for {
		p.indexes()
		if !p.is(tkDot) || p.kindOf(p.ahead(2)) != tkIdentifier {
			return
		}
		p.skip()
		p.member()
	}
}

func (p *parser) property(t int) {
	n := p.space.props.next()
	n.Range, n.Name = p.between(p.lex.begin(t), p.lex.end(t)), p.lex.image(t)
	p.Binder.Property(n)
	p.step(n)
}

// goSteps gives a reference its steps. The one of most stands in the reference itself.
func (p *parser) goSteps(n *Reference, list []Step) {
	switch len(list) {
	case 0:
	case 1:
		n.only[0] = list[0]
		n.Steps = n.only[:]
	default:
		n.Steps = p.space.lists.keep(list)
	}
}

func (p *parser) step(s Step) { p.space.steps = append(p.space.steps, s) }

func (p *parser) indexes() {
	for p.is(tkIndexOpen) {
		t := p.skip()
		n := &Index{Arg: p.indexArgument()}
		p.take(tkIndexClose)
		n.Range = p.between(p.lex.end(t)-1, p.lex.end(p.tok)) // a $ may be pending before the bracket
		p.step(n)
	}
}

// indexArgument is what may stand in the brackets behind a reference.
//
// Source: IndexParameter of Parser.jjt of Velocity 1.7: no lists, maps or floats.
func (p *parser) indexArgument() Node {
	p.blank()
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
	p.blank()
	return arg.Node
}

// member reads a property or a method call after the dot. It is a call when
// the parenthesis comes at once and something that can begin an argument, or
// the closing parenthesis, follows.
//
// Source: the LOOKAHEAD of Reference for Method in Parser.jjt of Velocity 1.7.
func (p *parser) member() {
	t := p.skip()
	if !p.is(tkOpenParen) || !beginsArgument(p.kindOf(p.ahead(2))) && p.kindOf(p.ahead(2)) != tkCloseArgs {
		p.property(t)
		return
	}
	p.skip()
	call := p.space.calls.next()
	call.Name = p.lex.image(t)
	if beginsArgument(p.kind()) {
		var few [4]Node
		args := append(few[:0], p.argument())
		for p.optional(tkComma) {
			args = append(args, p.argument())
		}
		call.Args = p.space.lists.keep(args)
	}
	p.take(tkCloseArgs)
	call.Range = p.between(p.lex.begin(t), p.lex.end(p.tok))
	if p.Binder.Call(call) {
		p.space.drops++
	}
	p.step(call)
}

func beginsArgument(k tokenKind) bool {
	switch k {
	case tkOpenBracket, tkOpenCurly, tkSpace, tkString, tkTrue, tkFalse, tkInteger, tkFloat, tkIdentifier, tkRefOpen:
		return true
	}
	return false
}

// argument reads one value, with the white space around it.
//
// Source: Parameter of Parser.jjt of Velocity 1.7: no expressions. Values are calculated
// by a #set before.
func (p *parser) argument() Node {
	p.blank()
	var arg parsed
	switch p.kind() {
	case tkString:
		arg = p.stringLiteral()
	case tkInteger:
		arg = p.integerLiteral()
	default:
		arg = p.compound()
	}
	p.blank()
	return arg.Node
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
func (p *parser) root(n *Reference, first, last int) string {
	image := p.lex.image(first)
	if len(image) > 1 && image[0] == '$' && isLetter(image[1]) { // nearly always
		n.Text = p.source(first, last)
		return image[1:]
	}
	if strings.Contains(image, `\!`) {
		return slashBang(n, image) // Velocity asks for it anywhere in the token
	}
	if i := backslashes(image); i > 0 {
		n.Escaped = i%2 != 0
		n.Before = &Before{Escapes: image[:i/2]}
		image = image[i:]
		p.lex.trim(first, i)
	}
	if i := strings.LastIndexByte(image, '$'); i > 0 {
		if n.Before == nil {
			n.Before = &Before{}
		}
		n.Before.Prefix = image[:i]
		image = image[i:]
		p.lex.trim(first, i)
	}
	n.Text = p.source(first, last)
	switch {
	case strings.HasPrefix(image, "$!"):
		n.Quiet = true
		if strings.HasPrefix(image, "$!{") {
			return p.lex.image(first + 1)
		}
		return image[2:]
	case image == "${":
		return p.lex.image(first + 1)
	case strings.HasPrefix(image, "$"):
		return image[1:]
	}
	// Source: ASTReference.getRoot of Velocity 1.7 takes a token without $ for RUNT: a
	// literal that is no reference. Its value is null, which is how $map.put("k", null)
	// works.
	n.Bare = true
	n.Text = image
	return image
}

// slashBang handles $\!name, which is never a reference and prints one
// backslash less.
//
// Source: ASTReference.getRoot of Velocity 1.7, the branch for "\!".
func slashBang(n *Reference, image string) string {
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
	n.Text = image[:start] + image[start:start+count-1] + image[start+count:]
	n.Hidden = true
	return n.Text
}
