package syntax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Options of parsing.
type Options struct {
	Nesting int // directives, brackets and quoted strings within each other; 0: 400
	// Stock parses for Velocity 1.7 as it is, which has macros and #evaluate.
	Stock  bool
	Binder Binder

	read    func(*parser) // is told when all tokens were read; may be nil
	careful bool          // reads nothing without tokens, see direct
}

// MostNesting is how deep a template may nest unless Options says otherwise.
const MostNesting = 400

// A Binder is told of what the parser made as soon as it is whole, and may keep
// with it what an interpreter will need.
type Binder interface {
	Property(*Property)
	// Call reports whether the method may take a value out of a collection.
	Call(*Call) (drops bool)
	Reference(*Reference)
	// Name is told of each variable when it is named first.
	Name(name string, slot int)
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
	p := &s.parser
	p.t, p.Options, p.space, p.end, p.whole, p.straight = t, o, s, len(t.Text), true, !o.careful
	p.lex.src = t.Text
	body, err := p.process()
	if err == nil {
		err = s.deferred
	}
	s.reset()
	spaces.Put(s)
	switch {
	case err != nil && !o.careful:
		// The grammar says what is wrong, and where: it knows of every token what came before it.
		*t, o.careful = Tree{Text: t.Text}, true
		return t.Parse(o)
	case err != nil:
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
	tok    int       // the last one taken
	peek   tokenKind // of the one behind it, tkUnread if nobody has asked yet
	t      *Tree
	macros map[string]bool // names of #macro definitions so far
	origin origin
	end    int  // where it ends in the template; behind that stands what was added
	whole  bool // it is the template, not a string in it

	// What is read without tokens, see direct.
	straight bool      // anything may be
	ending   tokenKind // #end, #else or #elseif that stands next, up to behind; tkEOF: it is not known
	behind   int
	space    *space
}

// parsed is a node with the tokens that Velocity counts to it, which are fewer
// than where it stands.
type parsed struct {
	Node
	first, last int
	in          Range // with the parentheses around it
}

// spanLiteral is the source text of the tokens from first to last. A span can be empty, when
// last stands before first; then it runs to the end of what was read.
//
// Source: SimpleNode.literal of Velocity 1.7, which concatenates the images of the
// tokens.
func (p *parser) spanLiteral(first, last int) string {
	if first == last {
		return p.lex.literal(first)
	}
	if last < first {
		last = len(p.lex.tokens) - 1
	}
	var b strings.Builder
	for t := first; t <= last; t++ {
		b.WriteString(p.lex.literal(t))
	}
	return b.String()
}

// source is spanLiteral without a copy where the tokens stand side by side.
func (p *parser) source(first, last int) string {
	if (p.lex.gap >= first || last < first) && !p.joins(first, last) {
		return p.spanLiteral(first, last)
	}
	return p.lex.src[p.lex.begin(first):p.lex.tokens[last].stop]
}

// joins tells whether tokens stand side by side in the source, and are all that does.
func (p *parser) joins(first, last int) bool {
	if last < first {
		return false
	}
	end := p.lex.tokens[first].begin
	for i := range p.lex.tokens[first : last+1] {
		t := &p.lex.tokens[first+i]
		if t.special > 0 || t.begin != end || t.kind == tkMultiEnd {
			return false
		}
		end = t.stop
	}
	return true
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
func (p *parser) since(first int) Range { return p.between(p.lex.start(first), p.lex.end(p.tok)) }

// fail ends the parsing. Like all that hardly ever happens it is kept out of the code around it, which
// is long enough.
//
//go:noinline
func (p *parser) fail(t int, message string) {
	panic(&Error{offset: p.at(p.lex.begin(t)), Message: message})
}

// deferred notes the first fault that shows when rendering begins.
//
// Source: Template.initDocument of Velocity 1.7 sets the nodes up only when the whole
// template is parsed, so a fault of the grammar comes first wherever it stands.
func (p *parser) deferred(t int, message string) {
	if p.space.deferred == nil {
		p.space.deferred = &Error{offset: p.at(p.lex.begin(t)), Message: message, Deferred: true}
	}
}

// ahead returns the n-th token ahead, counted from 1.
//
//go:noinline
func (p *parser) ahead(n int) int {
	t := p.tok + n
	for t >= len(p.lex.tokens) {
		p.more()
	}
	return t
}

// after returns the token behind another one.
func (p *parser) after(t int) int {
	if t++; t == len(p.lex.tokens) {
		p.more()
	}
	return t
}

// more reads a token.
func (p *parser) more() {
	if err := p.lex.next(); err != nil {
		err.offset = p.at(err.offset)
		panic(err)
	}
}

// kindOf is the kind of a token that was read.
func (p *parser) kindOf(t int) tokenKind { return p.lex.tokens[t].kind }

// kind is that of the next token.
func (p *parser) kind() tokenKind {
	if p.peek == tkUnread {
		p.look()
	}
	return p.peek
}

func (p *parser) look() {
	if p.tok+1 == len(p.lex.tokens) {
		p.more()
	}
	p.peek = p.lex.tokens[p.tok+1].kind
}

func (p *parser) is(kind tokenKind) bool { return p.kind() == kind }

// skip takes the next token, which was looked at.
func (p *parser) skip() int {
	p.tok, p.peek = p.tok+1, tkUnread
	return p.tok
}

// take takes a token of the kind or fails.
func (p *parser) take(kind tokenKind) int {
	if p.kind() != kind {
		p.unexpected(p.tok + 1)
	}
	return p.skip()
}

func (p *parser) unexpected(t int) {
	if p.kindOf(t) == tkEOF {
		p.fail(t, "unexpected end of the template")
	}
	p.fail(t, fmt.Sprintf("unexpected %q", strings.TrimSpace(p.lex.image(t))))
}

// optional takes a token if it is of the kind.
func (p *parser) optional(kind tokenKind) bool {
	if p.kind() != kind {
		return false
	}
	p.skip()
	return true
}

// blank passes over white space.
func (p *parser) blank() {
	if p.is(tkSpace) {
		p.skip()
	}
}

// enter counts the nesting; leave ends it.
//
// Java's parser would overflow its stack instead.
func (p *parser) enter() {
	if p.space.depth++; p.space.depth > p.Nesting {
		p.tooDeep()
	}
}

//go:noinline
func (p *parser) tooDeep() { p.fail(p.tok, "the template nests too deeply") }

func (p *parser) leave() { p.space.depth-- }

// process reads a whole template.
func (p *parser) process() (list []Node, err *Error) {
	p.lex.token(tkEOF, 0, 0) // what stands before the first one
	p.tok, p.peek = 0, tkUnread
	if p.read != nil {
		defer p.read(p)
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
	if p.direct() && p.lex.pos == len(p.lex.src) {
		return list, nil // and nobody needs a token to tell
	}
	if end := p.take(tkEOF); p.lex.start(end) < p.lex.begin(end) {
		p.unclosed(end)
	}
	return list, nil
}

// unclosed notes a comment that the text ends within.
func (p *parser) unclosed(end int) {
	at := p.between(p.lex.start(end), p.lex.begin(end))
	if n := len(p.t.Comments); n == 0 || p.t.Comments[n-1].End < at.End {
		p.t.Comments = append(p.t.Comments, at)
	}
}

// slot gives a variable name its place.
func (p *parser) slot(name string) int {
	s, hash := p.space, json.Hash(name)
	// Most names stand in a template more than once. The hash of a short one is its letters: the product spreads
	// them to the upper bits (Knuth, The Art of Computer Programming, section 6.4).
	near := &s.near[hash*0x9E3779B97F4A7C15>>(64-nearBits)]
	if i := int(*near); i < len(s.hashes) && s.hashes[i] == hash && p.t.Names[i] == name {
		return i
	}
	i := p.find(name, hash)
	*near = uint8(i) // of so many names that this is another, it is found all the same
	return i
}

// nearBits is the width of what remembers where names have their slots.
const nearBits = 4

// fewNames are looked up one by one.
const fewNames = 16

// find looks for a name among all, and adds it if it is a new one.
func (p *parser) find(name string, hash uint64) int {
	t := p.t
	if t.slots != nil {
		if i, ok := t.slots[name]; ok {
			return i
		}
	} else {
		for i, h := range p.space.hashes {
			if h == hash && t.Names[i] == name {
				return i
			}
		}
	}
	i := len(t.Names)
	t.Names, p.space.hashes = append(t.Names, name), append(p.space.hashes, hash)
	if t.slots != nil {
		t.slots[name] = i
	} else if i == fewNames {
		t.slots = make(map[string]int, 2*fewNames)
		for i, name := range t.Names {
			t.slots[name] = i
		}
	}
	p.Binder.Name(name, i)
	return i
}

// Slot finds a variable that the template names, or answers -1.
func (t *Tree) Slot(name string) int {
	if t.slots == nil {
		return slices.Index(t.Names, name)
	}
	if i, ok := t.slots[name]; ok {
		return i
	}
	return -1
}
