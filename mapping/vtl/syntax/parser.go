package syntax

import (
	"fmt"
	"strings"
)

// Options of parsing.
type Options struct {
	Nesting int // directives, brackets and quoted strings within each other; 0: 400
	// Stock parses for Velocity 1.7 as it is, which has macros and #evaluate.
	Stock  bool
	Binder Binder

	read func(*parser, *token) // is told of all tokens that were read, from the first on; may be nil
}

// MostNesting is how deep a template may nest unless Options says otherwise.
const MostNesting = 400

// A Binder is told of what the parser made as soon as it is whole, and may keep
// with it what an interpreter will need.
type Binder interface {
	Property(*Property)
	// Call reports whether the method may take a value out of a collection.
	Call(*Call) (drops bool)
	Reference(r *Reference, name string)
}

// Parse reads a template into a tree that has nothing but its Text: one that is a
// part of something else.
func (t *Tree) Parse(o Options) *Error {
	if o.Nesting == 0 {
		o.Nesting = MostNesting
	}
	s, _ := spaces.Get().(*space)
	if s == nil {
		s = &space{}
	}
	s.furnish(t)
	p := &parser{t: t, Options: o, space: s, end: len(t.Text), whole: true}
	p.lex.src, p.lex.tokens, p.lex.stack = t.Text, &s.tokens, s.states
	body, err := p.process()
	if err == nil {
		err = s.deferred
	}
	s.states = p.lex.stack
	s.reset()
	spaces.Put(s)
	if err != nil {
		return err.placed(t.Text)
	}
	t.Body = body
	return nil
}

// parser builds the tree of one template, or of one quoted string in it. It
// looks ahead exactly as far as Velocity's own parser, because a token read
// too early would be read in the wrong state.
//
// Source: the grammar of Velocity 1.7, src/parser/Parser.jjt.
type parser struct {
	Options
	lex    lexer
	tok    *token // the last one taken
	t      *Tree
	macros map[string]bool // names of #macro definitions so far
	origin origin
	end    int  // where it ends in the template; behind that stands what was added
	whole  bool // it is the template, not a string in it
	space  *space
}

// parsed is a node with the tokens that Velocity counts to it, which are fewer
// than where it stands.
type parsed struct {
	Node
	first, last *token
	in          Range // with the parentheses around it
}

// literal is the source text of the span.
func (p parsed) literal() string { return spanLiteral(p.first, p.last) }

// spanLiteral joins the tokens from first to last. A span can be empty, when
// last stands before first; then it runs to the end of what was read.
//
// Source: SimpleNode.literal of Velocity 1.7, which concatenates the images of the
// tokens.
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

// at is where a byte of what is being parsed stands in the template.
func (p *parser) at(offset int) int { return p.origin.of(offset) }

// between is where the bytes from start to end stand in the template.
func (p *parser) between(start, end int) Range {
	if p.whole {
		return Range{int32(start), int32(end)}
	}
	return Range{int32(min(p.at(start), p.end)), int32(min(p.at(end), p.end))}
}

// since is where everything stands from a token to the one taken last.
func (p *parser) since(first *token) Range { return p.between(first.start, p.tok.end) }

// spanning is a parsed node of one token.
func (p *parser) spanning(n Node, t *token) parsed { return parsed{n, t, t, n.At()} }

// fail ends the parsing.
func (p *parser) fail(t *token, message string) {
	panic(&Error{offset: p.at(t.begin), Message: message})
}

// deferred notes the first fault that shows when rendering begins.
//
// Source: Template.initDocument of Velocity 1.7 sets the nodes up only when the whole
// template is parsed, so a fault of the grammar comes first wherever it stands.
func (p *parser) deferred(t *token, message string) {
	if p.space.deferred == nil {
		p.space.deferred = &Error{offset: p.at(t.begin), Message: message, Deferred: true}
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

// after returns the token behind another one.
func (p *parser) after(t *token) *token {
	if t.next == nil {
		next, err := p.lex.next()
		if err != nil {
			err.offset = p.at(err.offset)
			panic(err)
		}
		t.next = next
	}
	return t.next
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
//
// Java's parser would overflow its stack instead.
func (p *parser) enter() {
	if p.space.depth++; p.space.depth > p.Nesting {
		p.fail(p.tok, "the template nests too deeply")
	}
}

func (p *parser) leave() { p.space.depth-- }

// process reads a whole template.
func (p *parser) process() (list []Node, err *Error) {
	p.tok = p.lex.token(tkEOF, 0, "")
	if p.read != nil {
		defer p.read(p, p.tok)
	}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	list = p.statements()
	if end := p.take(tkEOF); end.start < end.begin {
		p.unclosed(end)
	}
	return list, nil
}

// unclosed notes a comment that the text ends within.
func (p *parser) unclosed(end *token) {
	at := p.between(end.start, end.begin)
	if n := len(p.t.Comments); n == 0 || p.t.Comments[n-1].End < at.End {
		p.t.Comments = append(p.t.Comments, at)
	}
}

// fewNames are looked up one by one.
const fewNames = 16

// slot gives a variable name its place.
func (t *Tree) slot(name string) int {
	if i := t.Slot(name); i >= 0 {
		return i
	}
	t.Names = append(t.Names, name)
	switch n := len(t.Names); {
	case t.slots != nil:
		t.slots[name] = n - 1
	case n > fewNames:
		t.slots = make(map[string]int, 2*n)
		for i, name := range t.Names {
			t.slots[name] = i
		}
	}
	return len(t.Names) - 1
}

// Slot finds a variable that the template names, or answers -1.
func (t *Tree) Slot(name string) int {
	if t.slots != nil {
		if i, ok := t.slots[name]; ok {
			return i
		}
		return -1
	}
	for i := range t.Names {
		if t.Names[i] == name {
			return i
		}
	}
	return -1
}
