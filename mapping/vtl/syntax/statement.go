package syntax

import "strings"

// statements reads up to a token that begins none.
func (p *parser) statements() []Node {
	start, outer := len(p.space.nodes), p.space.begin()
	for {
		if p.direct() && p.usualStatements(start) || !beginsStatement(p.kind()) {
			break
		}
		n := p.statement()
		if n == nil {
			continue
		}
		if t, ok := n.(*Text); ok && p.joined(start, t) {
			continue
		}
		p.space.nodes = append(p.space.nodes, n)
	}
	p.space.collected.end()
	p.space.collected = outer
	list := p.space.lists.keep(p.space.nodes[start:])
	p.space.nodes = p.space.nodes[:start] // what is behind is cleared with all of it
	return list
}

// joined puts a text behind the one before it, if there is one. What does not
// stand side by side in the source is collected until the text is at its end.
func (p *parser) joined(start int, t *Text) bool {
	c := &p.space.collected
	var last *Text
	if n := len(p.space.nodes); n > start {
		last, _ = p.space.nodes[n-1].(*Text)
	}
	if last == nil {
		c.begin = p.space.textAt
		return false
	}
	last.End = t.End
	switch end := c.begin + len(last.Text); {
	case t.Text == "":
	case c.begin >= 0 && p.space.textAt == end:
		last.Text = p.lex.src[c.begin : end+len(t.Text)]
	default:
		c.collect(last, t.Text)
		c.begin = made
	}
	p.space.texts.back()
	return true
}

// plain makes a text of a token as it stands in the source.
func (p *parser) plain(t int) *Text {
	if p.lex.tokens[t].special > 0 {
		return p.made(p.lex.literal(t), p.since(t))
	}
	n := p.made(p.lex.image(t), p.since(t))
	p.space.textAt = p.lex.begin(t)
	return n
}

// made is where texts begin that do not stand in the source as they are printed.
const made = -1

// made is a text that does not stand in the source as it is printed.
func (p *parser) made(text string, at Range) *Text {
	n := p.space.texts.next()
	n.Range, n.Text = at, text
	p.space.textAt = made
	return n
}

// beginsStatement lists what the Statement production of Parser.jjt of Velocity 1.7
// begins with. #else, #elseif and #end are not among them: they end a block.
func beginsStatement(k tokenKind) bool { return statementKinds[k] }

var statementKinds = [tkUnread]bool{
	tkOpenParen: true, tkCloseParen: true, tkEscapedDir: true, tkSet: true, tkLineComment: true, tkTwoBackslash: true,
	tkBackslash: true, tkText: true, tkFormalEnd: true, tkMultiEnd: true, tkTextBlock: true, tkString: true, tkIf: true,
	tkInteger: true, tkFloat: true, tkWord: true, tkBracketedWord: true, tkIdentifier: true, tkDot: true, tkRefOpen: true,
	tkRefClose: true, tkEmptyIndex: true,
}

// statement reads what a token begins. It looks two tokens ahead, like the grammar.
func (p *parser) statement() Node {
	switch kind := p.kind(); kind {
	case tkIdentifier:
		p.ahead(2)
		return p.reference().Node
	case tkRefOpen:
		if p.kindOf(p.ahead(2)) == tkIdentifier {
			return p.reference().Node
		}
	case tkIf:
		begin := p.lex.start(p.skip())
		return p.ifStatement(begin, p.condition())
	case tkLineComment:
		t := p.skip()
		p.optional(tkCommentEnd)
		return p.comment(t)
	case tkFormalEnd, tkMultiEnd:
		return p.comment(p.skip())
	case tkTextBlock:
		t := p.skip()
		return p.made(textBlock(p.lex.image(t)), p.since(t))
	case tkSet:
		return p.set()
	case tkEscapedDir:
		t := p.skip()
		return p.made(p.escapedDirective(p.lex.image(t)), p.since(t))
	case tkTwoBackslash:
		return p.escape()
	case tkWord, tkBracketedWord:
		return p.directive()
	}
	return p.plain(p.skip())
}

// comment notes where a comment stands. It prints the characters that were pending
// when it began.
//
// Source: Velocity User Guide, "Comments". A line comment takes the end of its line
// along, so a line that is a comment alone leaves nothing.
func (p *parser) comment(t int) Node {
	end := p.lex.end(p.tok)
	if p.kindOf(t) == tkLineComment && p.tok == t {
		end = p.lex.begin(p.ahead(1)) // the template ends with it
	}
	image, start := p.lex.image(t), p.lex.start(t)
	i := strings.Index(image, "##")
	if i < 0 {
		i = strings.Index(image, "#*")
	}
	if i <= 0 {
		p.t.Comments = append(p.t.Comments, p.between(start, end))
		return nil
	}
	hash := p.lex.begin(t) + i
	p.t.Comments = append(p.t.Comments, p.between(hash, end))
	return p.made(image[:i], p.between(start, hash))
}

// textBlock drops the three characters at each end.
//
// Source: VTL Reference, "Unparsed content", and ASTTextblock of Velocity 1.7.
func textBlock(image string) string {
	return image[len("#[[") : len(image)-len("]]#")]
}

// escapedDirective halves the backslashes before a word that is a directive.
//
// Source: ASTEscapedDirective and the EscapedDirective production of Parser.jjt of
// Velocity 1.7. Before any other word a backslash is a text.
func (p *parser) escapedDirective(image string) string {
	last := strings.LastIndexByte(image, '\\')
	rest := image[last+1:]
	name := strings.Trim(rest[1:], "{}")
	if p.isDirective(name) || p.macros[name] || isControl(name) {
		return image[:last/2] + rest
	}
	return image
}

func isControl(name string) bool {
	switch name {
	case "if", "elseif", "else", "end", "set":
		return true
	}
	return false
}

// escape prints pairs of backslashes, halved if a directive follows: only there do they
// escape anything.
//
// Source: ASTEscape and the Escape production of Parser.jjt of Velocity 1.7.
func (p *parser) escape() Node {
	first, count := p.ahead(1), 0
	for {
		p.take(tkTwoBackslash)
		count++
		if !p.is(tkTwoBackslash) {
			break
		}
	}
	at := p.since(first)
	kind, image := p.kind(), p.lex.image(p.ahead(1))
	control := kind == tkIf || kind == tkElse || kind == tkElseIf || kind == tkEnd
	if len(image) > 1 {
		control = control || p.isDirective(image[1:]) || p.macros[image[1:]]
	}
	if control {
		return p.made(strings.Repeat(`\`, count), at)
	}
	return p.made(strings.Repeat(`\\`, count), at)
}

// block reads the body of a directive; where it may end, its directive says.
//
// Source: Block of Parser.jjt of Velocity 1.7.
func (p *parser) block() *Block {
	p.enter()
	begin := p.here()
	n := p.space.blocks.next()
	n.List = p.statements()
	n.Range = p.between(begin, p.here())
	p.leave()
	return n
}

// passes takes #end or #else if it stands next.
func (p *parser) passes(kind tokenKind) bool {
	switch {
	case p.ending == tkEOF:
		return p.optional(kind)
	case p.ending != kind:
		return false
	}
	p.settle(p.behind)
	return true
}

// close takes the #end of a directive.
func (p *parser) close() {
	if !p.passes(tkEnd) {
		p.take(tkEnd)
	}
}

// ifStatement reads #if behind its condition, with its branches up to #end.
//
// Source: IfStatement of Parser.jjt of Velocity 1.7; #else must come last.
func (p *parser) ifStatement(begin int, condition Node) *If {
	n := p.space.ifs.next()
	var few [4]Branch
	branches := few[:0]
	for ; condition != nil; condition = p.elseIf() {
		branches = append(branches, Branch{condition, p.block()})
	}
	n.Branches = p.space.branches.keep(branches)
	if p.passes(tkElse) {
		n.Else = p.block()
	}
	p.close()
	n.Range = p.between(begin, p.here())
	return n
}

// elseIf takes #elseif and its condition, nil if something else stands next.
func (p *parser) elseIf() Node {
	switch p.ending {
	case tkEOF:
	case tkElseIf:
		depth := p.space.depth
		if condition, end := p.usualCondition(p.behind); end != unusual {
			p.settle(end)
			return condition
		}
		p.space.depth, p.ending = depth, tkEOF // the grammar reads it anew
	default:
		return nil
	}
	if !p.optional(tkElseIf) {
		return nil
	}
	return p.condition()
}

// condition reads a condition in its parentheses.
func (p *parser) condition() Node {
	p.blank()
	p.take(tkOpenParen)
	n := p.expression()
	p.take(tkCloseParen)
	return n.Node
}

// set reads #set. The lexer is told when it ends, because its state for the parentheses
// of a #set has no name of its own.
//
// Source: SetDirective of Parser.jjt of Velocity 1.7, whose left side is a reference and
// whose right side any expression.
func (p *parser) set() Node {
	t := p.take(tkSet)
	p.space.drops++
	p.blank()
	leftAt := p.ahead(1)
	left := p.reference()
	p.blank()
	p.take(tkAssign)
	right := p.expression()
	p.take(tkCloseParen)
	p.lex.set = false
	n := p.space.sets.next()
	*n = Set{Range: p.since(t), Left: left.Node.(*Reference), Right: right.Node}
	if len(n.Left.Steps) == 0 {
		// The grammar takes the name from the first token, so ${x} names
		// a variable called "{" and is lost.
		n.Slot = p.slot(afterFirst(p.lex.image(leftAt)))
	}
	return n
}
