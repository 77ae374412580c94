package vtl

import (
	"fmt"
	"strings"
)

// parser builds the tree of one template, or of one quoted string in it. It
// looks ahead exactly as far as Velocity's own parser, because a token read
// too early would be read in the wrong state.
type parser struct {
	lex    lexer
	tok    *token // the last one taken
	t      *Template
	macros map[string]bool // names of #macro definitions so far
	base   int             // offset of the source in the template
	space  *space
}

// parsed is a node with the tokens it spans.
type parsed struct {
	node
	first, last *token
}

// literal is the source text of the span.
func (p parsed) literal() string { return spanLiteral(p.first, p.last) }

// spanLiteral joins the tokens from first to last. A span can be empty, when
// last stands before first; then it runs to the end of what was read.
func spanLiteral(first, last *token) string {
	if first == last {
		return first.literal()
	}
	var b strings.Builder
	for t := first; t != nil; t = t.next {
		b.WriteString(t.literal())
		if t == last {
			break
		}
	}
	return b.String()
}

// source is spanLiteral without a copy where the tokens stand side by side.
func (p *parser) source(first, last *token) string {
	end := first.begin
	for t := first; t != nil; t = t.next {
		if t.special != "" || t.begin != end || t.kind == tkMultiEnd {
			break
		}
		if end += len(t.image); t == last {
			return p.lex.src[first.begin:end]
		}
	}
	return spanLiteral(first, last)
}

// fail ends the parsing.
func (p *parser) fail(t *token, message string) {
	panic(&SyntaxError{offset: p.base + t.begin, Message: message})
}

// deferred notes the first fault that shows when rendering begins.
func (p *parser) deferred(t *token, message string) {
	if p.t.deferred == nil {
		p.t.deferred = &SyntaxError{offset: p.base + t.begin, Message: message, Deferred: true}
	}
}

// ahead returns the n-th token ahead, counted from 1.
func (p *parser) ahead(n int) *token {
	t := p.tok
	for ; n > 0; n-- {
		t = p.after(t)
	}
	return t
}

func (p *parser) kind() tokenKind {
	if next := p.tok.next; next != nil {
		return next.kind
	}
	return p.after(p.tok).kind
}

func (p *parser) is(kind tokenKind) bool { return p.kind() == kind }

// take consumes a token of the kind or fails.
func (p *parser) take(kind tokenKind) *token {
	t := p.ahead(1)
	if t.kind != kind {
		p.unexpected(t)
	}
	p.tok = t
	return t
}

func (p *parser) unexpected(t *token) {
	if t.kind == tkEOF {
		p.fail(t, "unexpected end of the template")
	}
	p.fail(t, fmt.Sprintf("unexpected %q", strings.TrimSpace(t.image)))
}

// optional consumes a token if it is of the kind.
func (p *parser) optional(kind tokenKind) bool {
	if p.is(kind) {
		p.tok = p.tok.next
		return true
	}
	return false
}

// enter counts the nesting; leave ends it.
func (p *parser) enter() {
	if p.space.depth++; p.space.depth > p.t.limits.Nesting {
		p.fail(p.tok, "the template nests too deeply")
	}
}

func (p *parser) leave() { p.space.depth-- }

// statements reads up to a token that begins none.
func (p *parser) statements() []node {
	start, outer := len(p.space.nodes), p.space.begin()
	for beginsStatement(p.kind()) {
		n := p.statement()
		if n == nil {
			continue
		}
		if t, ok := n.(*textNode); ok && p.joined(start, t) {
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
func (p *parser) joined(start int, t *textNode) bool {
	if t.text == "" {
		return true
	}
	if len(p.space.nodes) == start {
		return false
	}
	last, ok := p.space.nodes[len(p.space.nodes)-1].(*textNode)
	if !ok {
		return false
	}
	if end := last.begin + len(last.text); last.begin >= 0 && t.begin == end {
		last.text = p.lex.src[last.begin : end+len(t.text)]
		return true
	}
	p.space.collect(last, t.text)
	last.begin = -1
	return true
}

// plain makes a text of a token as it stands in the source.
func (p *parser) plain(t *token) node {
	n := p.space.texts.next()
	*n = textNode{text: t.image, begin: t.begin}
	if t.special != "" {
		*n = textNode{text: t.literal(), begin: -1}
	}
	return n
}

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

func (p *parser) statement() node {
	switch {
	case p.is(tkIf):
		return p.ifStatement()
	case p.beginsReference():
		return p.reference().node
	}
	t := p.ahead(1)
	switch t.kind {
	case tkLineComment:
		p.take(tkLineComment)
		p.optional(tkCommentEnd)
		return commentText(t.image)
	case tkFormalEnd, tkMultiEnd:
		p.take(t.kind)
		return commentText(t.image)
	case tkTextBlock:
		p.take(tkTextBlock)
		return &textNode{text: textBlock(t.image), begin: -1}
	case tkSet:
		return p.set()
	case tkEscapedDir:
		p.take(tkEscapedDir)
		return &textNode{text: p.escapedDirective(t.image), begin: -1}
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

// commentText is what a comment prints: characters that were pending when it
// began.
func commentText(image string) node {
	i := strings.Index(image, "##")
	if i < 0 {
		i = strings.Index(image, "#*")
	}
	if i <= 0 {
		return nil
	}
	return &textNode{text: image[:i], begin: -1}
}

// textBlock drops the three characters at each end.
func textBlock(image string) string {
	return image[len("#[[") : len(image)-len("]]#")]
}

// escapedDirective halves the backslashes before a word that is a directive.
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

// escape prints pairs of backslashes, halved if a directive follows.
func (p *parser) escape() node {
	count := 0
	for {
		p.take(tkTwoBackslash)
		count++
		if !p.is(tkTwoBackslash) {
			break
		}
	}
	t := p.ahead(1)
	control := t.kind == tkIf || t.kind == tkElse || t.kind == tkElseIf || t.kind == tkEnd
	if len(t.image) > 1 {
		control = control || p.isDirective(t.image[1:]) || p.macros[t.image[1:]]
	}
	if control {
		return &textNode{text: strings.Repeat(`\`, count), begin: -1}
	}
	return &textNode{text: strings.Repeat(`\\`, count), begin: -1}
}

func (p *parser) block() *blockNode {
	p.enter()
	p.ahead(1)
	n := p.space.blocks.next()
	n.list = p.statements()
	p.leave()
	return n
}

func (p *parser) ifStatement() node {
	p.take(tkIf)
	n := p.space.ifs.next()
	var few [4]branch
	branches := append(few[:0], p.branch())
	for p.is(tkElseIf) {
		p.take(tkElseIf)
		branches = append(branches, p.branch())
	}
	n.branches = p.space.branches.keep(branches)
	if p.optional(tkElse) {
		n.otherwise = p.block()
	}
	p.take(tkEnd)
	return n
}

func (p *parser) branch() branch {
	p.optional(tkSpace)
	p.take(tkOpenParen)
	condition := p.expression()
	p.take(tkCloseParen)
	return branch{condition.node, p.block()}
}

func (p *parser) set() node {
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
	*n = setNode{left: left.node.(*refNode), right: right.node, offset: p.base + t.begin}
	if len(n.left.steps) == 0 {
		// The grammar takes the name from the first token, so ${x} names
		// a variable called "{" and is lost.
		n.slot = p.t.slot(strings.TrimPrefix(leftAt.image, leftAt.image[:min(1, len(leftAt.image))]))
	}
	return n
}
