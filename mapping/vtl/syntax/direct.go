package syntax

import (
	"math/bits"
	"strings"
)

// What nearly all templates are made of is read here straight from the text, a statement at a time, without tokens.
// All of it could be left to the grammar, and is where the next characters do not make it sure what that would do:
// what is not usual, the grammar reads, and the whole statement with it. Nothing here is a fault; so it is
// the grammar alone that says what is wrong, and where.

// unusual is where nothing ends: what was begun is left to the grammar.
const unusual = -1

// direct tells whether the next statement can be read without tokens: nobody has looked at one yet, and the lexer stands
// in text, within nothing that it would come back from.
func (p *parser) direct() bool {
	l := &p.lex
	return p.straight && p.tok+1 == len(l.tokens) && l.state == inText && len(l.stack) == 0 && l.opened|l.closed == 0 && !l.set
}

// settle goes on behind what was read without tokens. One that is empty stands for all of them: the grammar asks where
// the token before ended.
func (p *parser) settle(at int) {
	p.lex.pos, p.ending = at, tkEOF
	p.lex.token(tkText, at, at)
	p.tok++
}

// span is between without looking far: nothing is read so of a string in which a character is not one.
func (p *parser) span(begin, end int) Range {
	base := int32(p.origin.base)
	return Range{int32(begin) + base, int32(end) + base}
}

// here is where the next token will begin, or what is pending before it.
func (p *parser) here() int { return p.lex.end(p.tok) }

// usualStatements reads statements as long as they are usual, and reports whether the block is at its end: before
// #end, #else or #elseif, which it leaves to whoever has the block, or at the end of the text.
//
// Source: TEXT, SET_DIRECTIVE and the states of Parser.jjt of Velocity 1.7, as match and act have them. A backslash
// opens nothing usual: how many there are decides what stands behind them.
func (p *parser) usualStatements(start int) (ended bool) {
	s, i, depth := p.lex.src, p.lex.pos, p.space.depth
	joins := true // what was read last may be a text
	for i < len(s) {
		end := unusual
		switch s[i] {
		case '$':
			var n *Reference
			if n, end = p.usualReference(i); end == unusual {
				break
			}
			p.space.nodes = append(p.space.nodes, n)
			joins = false
			// The lexer takes a brace for one of the reference, and so for a text of its own: blanks behind it
			// may be those of a #set.
			if end < len(s) && s[end] == '}' && s[end-1] != '}' {
				p.usualText(start, end, end+1, false)
				joins = true
				end++
			}
		case '#':
			kind, behind := usualWord(s, i)
			if kind == tkEnd || kind == tkElse || kind == tkElseIf {
				p.settle(i)
				p.ending, p.behind = kind, behind
				return true
			}
			if end = p.usualDirective(kind, i, behind); end != unusual && !p.direct() {
				return false
			}
			joins = kind == tkLineComment
		case '\\':
		default:
			end = textEnd(s, i+1)
			// Blanks before #set are a part of it where no text comes first.
			if classes[s[i]]&blank != 0 && end < len(s) && s[end] == '#' {
				if w := setDirective(s[i:]); w > 0 {
					end = p.usualSet(i, i+w)
					joins = false
					break
				}
			}
			p.usualText(start, i, end, joins)
			joins = true
		}
		if end == unusual {
			p.space.depth = depth
			p.settle(i)
			return false
		}
		i = end
	}
	p.settle(i)
	return true
}

// usualText makes a text of what stands between two places. It may go on with one that stands before: behind a comment,
// or behind what the grammar took for a text.
func (p *parser) usualText(start, begin, end int, joins bool) {
	n := p.space.texts.next()
	n.Range, n.Text = p.span(begin, end), p.lex.src[begin:end]
	n.End = min(n.End, int32(p.end)) // that of a string stands before the blank that was added
	p.space.textAt = begin
	if joins && p.joined(start, n) {
		return
	}
	p.space.collected.begin = begin
	p.space.nodes = append(p.space.nodes, n)
}

// textEnd finds the next character that opens something. It looks at eight at once: a byte is zero if taking one off it
// borrows from the bit above, and what is below the first such byte has no part in that.
func textEnd(s string, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		t := s[i : i+8]
		w := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
		dollar, hash, slash := w^'$'*ones, w^'#'*ones, w^'\\'*ones
		if found := ((dollar-ones)&^dollar | (hash-ones)&^hash | (slash-ones)&^slash) & tops; found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
	}
	for i < len(s) && classes[s[i]]&opener == 0 {
		i++
	}
	return i
}

// usualWord finds what the word behind a # is, and where the next thing begins: behind a parenthesis of #set, which
// belongs to it, and behind the line of #end and #else, if that is blank.
//
// Source: WORD of Parser.jjt of Velocity 1.7: the longest word counts, so that #endless is no #end. Words in braces are
// usual where letters would go on behind them, as they do behind #else and #end.
func usualWord(s string, i int) (kind tokenKind, behind int) {
	rest := s[i:]
	if len(rest) < 2 {
		return tkNone, 0
	}
	w, name := 0, ""
	switch c := rest[1]; {
	case classes[c]&letter != 0:
		w = run(rest, 2, wordPart)
		name = rest[1:w]
	case c == '#':
		return tkLineComment, i + 2
	case strings.HasPrefix(rest, "#{else}"), strings.HasPrefix(rest, "#{end}"):
		w = 2 + strings.IndexByte(rest[1:], '}')
		name = rest[2 : w-1]
	}
	switch name {
	case "set":
		if w = setDirective(rest); w > 0 {
			return tkSet, i + w
		}
	case "foreach":
		return tkWord, i + w
	case "":
	default:
		kind, w = keyword(rest, name, w, tkNone)
		return kind, i + w
	}
	return tkNone, 0
}

// usualDirective reads the directive whose word ends before behind, up to where the lexer then stands.
func (p *parser) usualDirective(kind tokenKind, begin, behind int) (end int) {
	switch kind {
	case tkSet:
		end = p.usualSet(begin, behind)
		if end != unusual {
			p.lex.pos = end
		}
		return end
	case tkLineComment:
		return p.usualComment(begin, behind)
	}
	// The fault of nesting too deeply stands at a token. Of a loop and its block each is a level.
	if p.space.depth+2 > p.Nesting {
		return unusual
	}
	var n Node
	switch kind {
	case tkIf:
		condition, end := p.usualCondition(behind)
		if end == unusual {
			return unusual
		}
		p.settle(end)
		n = p.ifStatement(begin, condition)
	case tkWord:
		loop := p.usualForeach(begin, behind)
		if loop == nil {
			return unusual
		}
		n = loop
	default:
		return unusual
	}
	p.space.nodes = append(p.space.nodes, n)
	return p.lex.pos
}

// usualComment reads a comment up to the end of its line, in which nothing looks like the beginning of something: the
// lexer would match that there too, and it may be longer than the line.
func (p *parser) usualComment(begin, i int) int {
	s := p.lex.src
	for i < len(s) && classes[s[i]]&opener == 0 && s[i] != '\n' && s[i] != '\r' {
		i++
	}
	w := lineEnd(s[i:])
	if w == 0 {
		return unusual
	}
	p.t.Comments = append(p.t.Comments, p.span(begin, i+w))
	return i + w
}

// usualSet reads what is behind #set(.
//
// Source: SetDirective of Parser.jjt of Velocity 1.7.
func (p *parser) usualSet(begin, i int) int {
	s := p.lex.src
	i = spaceEnd(s, i)
	// Of one with braces or !, the grammar takes another name, see set.
	if i+1 >= len(s) || s[i] != '$' || classes[s[i+1]]&letter == 0 {
		return unusual
	}
	left, i := p.usualReference(i)
	if i == unusual {
		return unusual
	}
	if i = spaceEnd(s, i); i+1 >= len(s) || s[i] != '=' || s[i+1] == '=' {
		return unusual
	}
	right := p.usualExpression(i + 1)
	end := closed(s, right.end)
	if end == unusual {
		return unusual
	}
	p.space.drops++
	n := p.space.sets.next()
	n.Range, n.Left, n.Right = p.span(begin, end), left, right.Node
	if len(left.Steps) == 0 {
		n.Slot = int(left.Slot)
	}
	p.space.nodes = append(p.space.nodes, n)
	return end
}

// usualCondition reads a condition in its parentheses.
func (p *parser) usualCondition(i int) (Node, int) {
	s := p.lex.src
	if i = spaceEnd(s, i); i == len(s) || s[i] != '(' {
		return nil, unusual
	}
	n := p.usualExpression(i + 1)
	return n.Node, closed(s, n.end)
}

// closed is behind a parenthesis of a directive that stands at a place, with the line end behind it.
//
// Source: RPAREN of Parser.jjt of Velocity 1.7, within an expression too.
func closed(s string, i int) int {
	if i == unusual || i >= len(s) || s[i] != ')' {
		return unusual
	}
	return i + 1 + restOfLine(s[i+1:])
}

// usualForeach reads #foreach($name in $reference) and its block; nil if there is something else. All else that may be
// an argument is left to the grammar, which counts rather than understands them.
//
// Source: Foreach.init and render of Velocity 1.7, as foreach has them.
func (p *parser) usualForeach(begin, i int) *Foreach {
	s := p.lex.src
	if i = spaceEnd(s, i); i == len(s) || s[i] != '(' {
		return nil
	}
	p.space.depth++
	each, i := p.usualOperand(i + 1)
	if i == unusual || !strings.HasPrefix(s[i:], "in") {
		return nil
	}
	in := i
	if i += len("in"); i == len(s) || classes[s[i]]&wordPart != 0 {
		return nil
	}
	over, i := p.usualOperand(i)
	end := closed(s, i)
	if end == unusual {
		return nil
	}
	variable, ok := each.(*Reference)
	if !ok {
		return nil
	}
	p.settle(end)
	word := p.space.literals.next()
	word.Range = p.span(in, in+len("in")) // whose kind is Word
	n := p.space.loops.next()
	n.Args = p.space.lists.keep([]Node{each, word, over})
	n.Slot, n.Over = int(variable.Slot), over
	n.Block = p.block()
	n.Body = n.Block
	p.close()
	n.Range = p.between(begin, p.here())
	p.space.drops++ // the loop's variable
	p.space.depth--
	return n
}

// spaceEnd steps over white space.
func spaceEnd(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}
