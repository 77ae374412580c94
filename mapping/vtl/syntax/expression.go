package syntax

import (
	"strconv"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// binds tells how strongly a binary operator binds, -1 for other tokens.
//
// Source: the productions from ConditionalOrExpression to MultiplicativeExpression of
// Parser.jjt of Velocity 1.7, one for each strength.
func binds(op tokenKind) int {
	if op < tkMinus || op > tkNotEqual {
		return -1
	}
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
	}
	return 5 // * / %
}

func (p *parser) expression() parsed {
	p.enter()
	first := p.ahead(1)
	n := p.binary(0)
	p.leave()
	return parsed{n.Node, first, p.tok, n.in}
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
		t := p.skip()
		first := p.ahead(1)
		right := p.binary(strength + 1)
		n := p.operation(t, left, right)
		left = parsed{n, first, p.tok, n.Range}
	}
}

// operation makes the node of an operator. It stands where its operands do, with
// the parentheses around them.
func (p *parser) operation(t int, left, right parsed) *Binary {
	n := p.space.binaries.next()
	n.Range = Range{left.in.Start, right.in.End}
	n.Op, n.Operator = operators[p.kindOf(t)], int32(p.at(p.lex.begin(t)))
	n.Left, n.Right = left.Node, right.Node
	// Source: ASTAddNode.handleSpecial of Velocity 1.7 joins what has no value as its
	// literal.
	if n.Op == Plus {
		n.LeftText, n.RightText = p.source(left.first, left.last), p.source(right.first, right.last)
	}
	return n
}

var operators = [...]Op{
	tkOr: Or, tkAnd: And, tkEqual: Equal, tkNotEqual: NotEqual,
	tkLess: Less, tkLessEqual: LessEqual, tkGreater: Greater, tkGreaterEqual: GreaterEqual,
	tkPlus: Plus, tkMinus: Minus, tkTimes: Times, tkDivide: Divide, tkModulo: Modulo,
}

// unary reads ! and what it negates, which binds more tightly than any other operator.
//
// Source: UnaryExpression of Parser.jjt of Velocity 1.7. It knows no minus: the one of a
// negative number belongs to the literal, and -$x does not parse.
func (p *parser) unary() parsed {
	if kind := p.kind(); kind == tkNot || kind == tkSpace && p.kindOf(p.ahead(2)) == tkNot {
		p.enter()
		p.blank()
		sign := p.take(tkNot)
		first := p.ahead(1)
		of := p.unary()
		p.leave()
		n := &Not{Range{int32(p.at(p.lex.begin(sign))), of.in.End}, of.Node}
		return parsed{n, first, p.tok, n.Range}
	}
	p.blank()
	n := p.primary()
	p.blank()
	return n
}

// primary reads a literal, a reference, or an expression in parentheses.
//
// Source: PrimaryExpression of Parser.jjt of Velocity 1.7.
func (p *parser) primary() parsed {
	switch p.kind() {
	case tkString:
		return p.stringLiteral()
	case tkInteger:
		return p.integerLiteral()
	case tkOpenParen:
		open := p.take(tkOpenParen)
		n := p.expression()
		end := p.take(tkCloseParen)
		n.in = p.between(p.lex.begin(open), p.lex.end(end))
		return n
	}
	return p.compound()
}

// literal makes a constant of a token.
func (p *parser) constant(t int, l Literal) parsed {
	n := p.space.literals.next()
	*n = l
	n.Range = p.between(p.lex.begin(t), p.lex.end(t))
	return parsed{n, t, t, n.Range}
}

func (p *parser) boolLiteral() parsed {
	t := p.ahead(1)
	p.skip()
	l := Literal{Kind: Boolean}
	if p.kindOf(t) == tkTrue {
		l.Int = 1
	}
	return p.constant(t, l)
}

func (p *parser) integerLiteral() parsed {
	t := p.take(tkInteger)
	return p.constant(t, integerOf(p.lex.image(t)))
}

// integerOf gives the smallest kind that holds the number.
//
// Source: ASTIntegerLiteral.init of Velocity 1.7 tries Integer, then Long, then
// BigInteger.
func integerOf(s string) Literal {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n == int64(int32(n)) {
			return Literal{Kind: Integer, Int: n}
		}
		return Literal{Kind: Long, Int: n}
	}
	n := json.BigInt(s)
	if n == nil {
		return Literal{}
	}
	return Literal{Kind: Big, Big: n}
}

func (p *parser) floatLiteral() parsed {
	t := p.take(tkFloat)
	f, _ := strconv.ParseFloat(p.lex.image(t), 64) // too large is infinite, as in Java
	return p.constant(t, Literal{Kind: Floating, Float: f})
}

// beginsRange looks as far as the two dots: until then a range begins like a list.
//
// Source: the LOOKAHEAD of Parameter and PrimaryExpression for IntegerRange in Parser.jjt
// of Velocity 1.7.
func (p *parser) beginsRange() bool {
	t := p.pastSpace(p.ahead(2))
	if p.kindOf(t) == tkInteger {
		t = p.after(t)
	} else if t = p.overReference(t); t == nowhere {
		return false
	}
	return p.kindOf(p.pastSpace(t)) == tkDots
}

func (p *parser) pastSpace(t int) int {
	if p.kindOf(t) == tkSpace {
		return p.after(t)
	}
	return t
}

// nowhere is no token.
const nowhere = -1

// overReference steps over a reference and returns what follows, or nowhere.
// Parsing it for real would be wasted if no dots follow.
func (p *parser) overReference(t int) int {
	braces := p.kindOf(t) == tkRefOpen
	if braces {
		t = p.after(t)
	}
	if p.kindOf(t) != tkIdentifier {
		return nowhere
	}
	for t = p.after(t); t != nowhere; {
		switch kind := p.kindOf(t); {
		case kind == tkDot && p.kindOf(p.after(t)) == tkIdentifier:
			t = p.after(p.after(t))
			if p.kindOf(t) == tkOpenParen {
				t = p.overNested(t)
			}
		case kind == tkIndexOpen:
			t = p.overNested(t)
		case braces && kind == tkRefClose:
			return p.after(t)
		case braces:
			return nowhere
		default:
			return t
		}
	}
	return nowhere
}

// overNested steps from an opening token to behind the one that closes it.
func (p *parser) overNested(t int) int {
	for depth := 0; ; t = p.after(t) {
		switch p.kindOf(t) {
		case tkOpenParen, tkIndexOpen:
			depth++
		case tkCloseArgs, tkIndexClose:
			if depth--; depth == 0 {
				return p.after(t)
			}
		case tkEOF, tkEnd, tkText, tkCloseParen:
			return nowhere
		}
	}
}

// rangeLiteral reads [a..b], whose ends are whole numbers or references.
//
// Source: Velocity User Guide, "Range Operator", and IntegerRange of Parser.jjt.
func (p *parser) rangeLiteral() parsed {
	first := p.take(tkOpenBracket)
	n := &RangeLiteral{}
	n.From = p.rangeEnd()
	p.take(tkDots)
	n.To = p.rangeEnd()
	p.take(tkCloseBracket)
	return p.bracketed(n, &n.Range, first)
}

// bracketed finishes a node that ends with the bracket taken last.
func (p *parser) bracketed(n Node, at *Range, first int) parsed {
	*at = p.between(p.lex.end(first)-1, p.lex.end(p.tok))
	return parsed{n, first, p.tok, *at}
}

func (p *parser) rangeEnd() Node {
	p.blank()
	var n parsed
	switch p.kind() {
	case tkIdentifier, tkRefOpen:
		n = p.reference()
	default:
		n = p.integerLiteral()
	}
	p.blank()
	return n.Node
}

// listLiteral reads [a, b]. Its items are single values, so [1+1] does not parse.
//
// Source: ObjectArray of Parser.jjt of Velocity 1.7.
func (p *parser) listLiteral() parsed {
	p.enter()
	defer p.leave()
	first := p.take(tkOpenBracket)
	n := &ListLiteral{}
	if beginsArgument(p.kind()) {
		n.Items = append(n.Items, p.argument())
		for p.optional(tkComma) {
			n.Items = append(n.Items, p.argument())
		}
	}
	p.take(tkCloseBracket)
	return p.bracketed(n, &n.Range, first)
}

// mapLiteral reads {a: b}, which no comma may end.
//
// Source: Map of Parser.jjt of Velocity 1.7.
func (p *parser) mapLiteral() parsed {
	p.enter()
	defer p.leave()
	first := p.take(tkOpenCurly)
	n := &MapLiteral{}
	if beginsArgument(p.kind()) && (!p.is(tkSpace) || beginsArgument(p.kindOf(p.ahead(2)))) {
		p.pair(n)
		for p.optional(tkComma) {
			p.pair(n)
		}
	} else {
		p.blank()
	}
	// Within the arguments of a method the lexer takes the brace for one of a reference.
	if p.is(tkRefClose) {
		p.take(tkRefClose)
	} else {
		p.take(tkCloseCurly)
	}
	return p.bracketed(n, &n.Range, first)
}

func (p *parser) pair(n *MapLiteral) {
	key := p.argument()
	p.take(tkColon)
	n.Items = append(n.Items, key, p.argument())
}
