package syntax

import "strings"

// statements reads up to a token that begins none.
func (p *parser) statements() []Node {
	start, outer := len(p.space.nodes), p.space.begin()
	for beginsStatement(p.kind()) {
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
	clear(p.space.nodes[start:])
	p.space.nodes = p.space.nodes[:start]
	return list
}

// joined puts a text behind the one before it, if there is one. What does not
// stand side by side in the source is collected until the text is at its end.
func (p *parser) joined(start int, t *Text) bool {
	if len(p.space.nodes) == start {
		return false
	}
	last, ok := p.space.nodes[len(p.space.nodes)-1].(*Text)
	if !ok {
		return false
	}
	last.End = t.End
	switch end := last.begin + len(last.Text); {
	case t.Text == "":
	case last.begin >= 0 && t.begin == end:
		last.Text = p.lex.src[last.begin : end+len(t.Text)]
	default:
		p.space.collect(last, t.Text)
		last.begin = -1
	}
	return true
}

// plain makes a text of a token as it stands in the source.
func (p *parser) plain(t *token) Node {
	n := p.space.texts.next()
	*n = Text{Range: p.since(t), Text: t.image, begin: t.begin}
	if t.special != "" {
		n.Text, n.begin = t.literal(), -1
	}
	return n
}

// made is a text that does not stand in the source as it is printed.
func (p *parser) made(text string, at Range) Node {
	return &Text{Range: at, Text: text, begin: -1}
}

// beginsStatement lists what the Statement production of Parser.jjt of Velocity 1.7
// begins with. #else, #elseif and #end are not among them: they end a block.
func beginsStatement(k tokenKind) bool {
	switch k {
	case tkOpenParen, tkCloseParen, tkEscapedDir, tkSet, tkLineComment, tkTwoBackslash,
		tkBackslash, tkText, tkFormalEnd, tkMultiEnd, tkTextBlock, tkString, tkIf,
		tkInteger, tkFloat, tkWord, tkBracketedWord, tkIdentifier, tkDot, tkRefOpen,
		tkRefClose, tkEmptyIndex:
		return true
	}
	return false
}

func (p *parser) statement() Node {
	switch {
	case p.is(tkIf):
		return p.ifStatement()
	case p.beginsReference():
		return p.reference().Node
	}
	t := p.ahead(1)
	switch t.kind {
	case tkLineComment:
		p.take(tkLineComment)
		p.optional(tkCommentEnd)
		return p.comment(t)
	case tkFormalEnd, tkMultiEnd:
		p.take(t.kind)
		return p.comment(t)
	case tkTextBlock:
		p.take(tkTextBlock)
		return p.made(textBlock(t.image), p.since(t))
	case tkSet:
		return p.set()
	case tkEscapedDir:
		p.take(tkEscapedDir)
		return p.made(p.escapedDirective(t.image), p.since(t))
	case tkTwoBackslash:
		return p.escape()
	case tkWord, tkBracketedWord:
		return p.directive()
	}
	p.take(t.kind)
	return p.plain(t)
}

// beginsReference looks two tokens ahead, like the grammar.
func (p *parser) beginsReference() bool {
	switch p.kind() {
	case tkIdentifier:
		p.ahead(2)
		return true
	case tkRefOpen:
		return p.ahead(2).kind == tkIdentifier
	}
	return false
}

// comment notes where a comment stands. It prints the characters that were pending
// when it began.
//
// Source: Velocity User Guide, "Comments". A line comment takes the end of its line
// along, so a line that is a comment alone leaves nothing.
func (p *parser) comment(t *token) Node {
	end := p.tok.end
	if t.kind == tkLineComment && p.tok == t {
		end = p.ahead(1).begin // the template ends with it
	}
	i := strings.Index(t.image, "##")
	if i < 0 {
		i = strings.Index(t.image, "#*")
	}
	if i <= 0 {
		p.t.Comments = append(p.t.Comments, p.between(t.start, end))
		return nil
	}
	p.t.Comments = append(p.t.Comments, p.between(t.begin+i, end))
	return p.made(t.image[:i], p.between(t.start, t.begin+i))
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
	t := p.ahead(1)
	control := t.kind == tkIf || t.kind == tkElse || t.kind == tkElseIf || t.kind == tkEnd
	if len(t.image) > 1 {
		control = control || p.isDirective(t.image[1:]) || p.macros[t.image[1:]]
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
	first := p.ahead(1)
	n := p.space.blocks.next()
	n.List = p.statements()
	n.Range = p.between(first.start, p.ahead(1).start)
	p.leave()
	return n
}

// ifStatement reads #if with its branches up to #end.
//
// Source: IfStatement of Parser.jjt of Velocity 1.7; #else must come last.
func (p *parser) ifStatement() Node {
	first := p.take(tkIf)
	n := p.space.ifs.next()
	var few [4]Branch
	branches := append(few[:0], p.branch())
	for p.is(tkElseIf) {
		p.take(tkElseIf)
		branches = append(branches, p.branch())
	}
	n.Branches = p.space.branches.keep(branches)
	if p.optional(tkElse) {
		n.Else = p.block()
	}
	p.take(tkEnd)
	n.Range = p.since(first)
	return n
}

func (p *parser) branch() Branch {
	p.optional(tkSpace)
	p.take(tkOpenParen)
	condition := p.expression()
	p.take(tkCloseParen)
	return Branch{condition.Node, p.block()}
}

// set reads #set. The lexer is told when it ends, because its state for the parentheses
// of a #set has no name of its own.
//
// Source: SetDirective of Parser.jjt of Velocity 1.7, whose left side is a reference and
// whose right side any expression.
func (p *parser) set() Node {
	t := p.take(tkSet)
	p.space.drops++
	p.optional(tkSpace)
	leftAt := p.ahead(1)
	left := p.reference()
	p.optional(tkSpace)
	p.take(tkAssign)
	right := p.expression()
	p.take(tkCloseParen)
	p.lex.set = false
	n := p.space.sets.next()
	*n = Set{Range: p.since(t), Left: left.Node.(*Reference), Right: right.Node}
	if len(n.Left.Steps) == 0 {
		// The grammar takes the name from the first token, so ${x} names
		// a variable called "{" and is lost.
		n.Slot = p.t.slot(strings.TrimPrefix(leftAt.image, leftAt.image[:min(1, len(leftAt.image))]))
	}
	return n
}
