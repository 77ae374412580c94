package syntax

import (
	"slices"
	"strings"
)

// Class is what a piece of a template is to somebody who reads it.
type Class uint8

// The classes. What has none prints itself.
const (
	Plain     Class = iota
	Comment         // ## … and #* … *#, and what #[[ … ]]# keeps from being read
	Directive       // #if, #end and such
	Variable        // $name and its braces
	Member          // a property or a method
	Quoted          // a string
	Number
	Keyword  // true, false
	Operator // what stands between values, words such as and too
)

var classNames = [...]string{"plain", "comment", "directive", "variable", "member", "string", "number", "keyword", "operator"}

func (c Class) String() string { return classNames[c] }

// A Span is a piece of a template with its class.
type Span struct {
	Range
	Class Class
}

// Highlight cuts a template into pieces for an editor: the tokens of the parser itself,
// so that nothing is shown as a reference that would not be one. Spans stand in order and
// without overlap, plain ones are left out. Of a template that does not parse they
// reach to the fault, an *Error.
func Highlight(text string, o Options) ([]Span, error) {
	h := &highlighter{}
	o.read, o.careful = h.add, true
	// What was read before a fault is shown: people edit what does not parse yet.
	_, fault := Parse(text, o)
	return h.spans(), fault
}

// highlighter collects what parsers have read.
type highlighter struct{ found []Span }

// add takes the tokens of one parser, which may be of a quoted string.
func (h *highlighter) add(p *parser) {
	member := false
	for t := range p.lex.tokens {
		kind, image, begin := p.kindOf(t), p.lex.image(t), p.lex.begin(t)
		end := begin + len(image)
		if kind == tkSet { // which has the spaces before it
			begin = end - len(strings.TrimLeft(image, " \t"))
		}
		class := classOf(kind, image, member)
		// A comment is skipped up to the token that ends it, or to the end of the template.
		if class == Comment || kind == tkEOF && t > 0 && p.lex.start(t) < begin {
			class, begin, end = Comment, p.lex.start(t), max(end, p.lex.end(t))
		}
		if member = kind == tkDot; class == Plain || begin == end {
			continue
		}
		if at := (Range{int32(min(p.at(begin), p.end)), int32(min(p.at(end), p.end))}); at.Start < at.End {
			h.found = append(h.found, Span{at, class})
		}
	}
}

// classOf is the class of a token; member says that it stands behind a dot.
func classOf(kind tokenKind, image string, member bool) Class {
	switch kind {
	case tkLineComment, tkCommentEnd, tkFormalEnd, tkMultiEnd, tkTextBlock:
		return Comment
	case tkSet, tkIf, tkElseIf, tkElse, tkEnd:
		return Directive
	case tkWord, tkBracketedWord:
		// The name of a macro is none of them: whether there is one is known only when it is rendered.
		if directives[strings.Trim(image, "#@{}")] && strings.HasPrefix(image, "#") {
			return Directive
		}
	case tkIdentifier:
		if member {
			return Member
		}
		return Variable
	case tkRefOpen, tkRefClose:
		return Variable
	case tkString:
		return Quoted
	case tkInteger, tkFloat:
		return Number
	case tkTrue, tkFalse:
		return Keyword
	case tkMinus, tkPlus, tkTimes, tkDivide, tkModulo, tkAnd, tkOr, tkLess, tkLessEqual, tkGreater, tkGreaterEqual, tkEqual, tkNotEqual, tkNot, tkAssign, tkDots:
		return Operator
	}
	return Plain
}

// directives are the words behind # that begin one, beside those that are tokens of
// their own.
var directives = map[string]bool{"foreach": true, "break": true, "stop": true, "define": true, "macro": true, "evaluate": true, "parse": true, "include": true}

// spans are the pieces found. What stands within a string is shown in its place, so the
// string is cut around it.
func (h *highlighter) spans() []Span {
	slices.SortStableFunc(h.found, func(a, b Span) int {
		if a.Start != b.Start {
			return int(a.Start - b.Start)
		}
		return int(b.End - a.End) // the outer one first
	})
	var flat []Span
	add := func(start, end int32, class Class) {
		switch n := len(flat); {
		case start >= end:
		case n > 0 && flat[n-1].Class == class && flat[n-1].End == start:
			flat[n-1].End = end
		default:
			flat = append(flat, Span{Range{start, end}, class})
		}
	}
	var open []Span // those that are under way, the outer ones first
	at := int32(0)  // up to here everything is told
	upTo := func(start int32) {
		for len(open) > 0 {
			top := open[len(open)-1]
			from := max(at, top.Start)
			add(from, min(top.End, start), top.Class)
			at = max(at, min(top.End, start))
			if top.End > start {
				return
			}
			open = open[:len(open)-1]
		}
	}
	for _, s := range h.found {
		upTo(s.Start)
		open = append(open, s)
	}
	// Behind every template: what is open then ends where it ends itself.
	upTo(int32(1<<31 - 1))
	return flat
}
