package pattern

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// linear translates a tree for the linear-time engine of the standard library, if
// both dialects give it the same meaning: no look-around, anchors,
// back-references, atomic or possessive parts, and no repetition of something
// that can match the empty string. The engine ends in a time that grows with the
// text alone (package regexp), whatever the pattern.
func linear(n node) (*regexp.Regexp, bool) {
	var b strings.Builder
	if size(n) > maxLinearSize || !translate(&b, n) {
		return nil, false
	}
	re, err := regexp.Compile(b.String())
	return re, err == nil
}

// maxLinearSize is the number of characters, counted as often as they are
// repeated, up to which a pattern is given to package regexp: it writes
// repetitions out.
const maxLinearSize = 2000

// size counts the characters of a tree with their repetitions.
func size(n node) int {
	total := 0
	switch n := n.(type) {
	case sequence:
		for _, p := range n.parts {
			total += size(p)
		}
	case choice:
		for _, b := range n.branches {
			total += size(b)
		}
	case group:
		total = size(n.body)
	case repeat:
		total = capped(size(n.body), max(n.min, n.max, 1))
	default:
		total = 1
	}
	return min(total, 1<<30)
}

// maxLinearCount is the largest count that package regexp accepts (package
// regexp/syntax).
const maxLinearCount = 1000

// Captures are kept: replacements and look-ups of groups work on either engine.
func translate(b *strings.Builder, n node) bool {
	switch n := n.(type) {
	case empty:
		b.WriteString("(?:)")
	case char:
		return translateClass(b, n.c)
	case sequence:
		for _, p := range n.parts {
			if !translate(b, p) {
				return false
			}
		}
	case choice:
		return translateChoice(b, n)
	case group:
		b.WriteByte('(')
		ok := translate(b, n.body)
		b.WriteByte(')')
		return ok
	case repeat:
		return translateRepeat(b, n)
	default:
		return false
	}
	return true
}

// translateClass leaves sets of more than a few spans to the other engine;
// written out they would cost more than they save.
func translateClass(b *strings.Builder, c *class) bool {
	if len(c.spans) == 0 || len(c.spans) > 64 {
		return false
	}
	if r, ok := c.only(); ok {
		b.WriteString(regexp.QuoteMeta(string(r)))
		return true
	}
	b.WriteByte('[')
	for _, s := range c.spans {
		fmt.Fprintf(b, `\x{%x}-\x{%x}`, s.lo, s.hi)
	}
	b.WriteByte(']')
	return true
}

// Both engines prefer the leftmost branch, as Perl does, so captures agree.
//
// Documented: package regexp: the match is "the one that a backtracking engine would have
// found".
func translateChoice(b *strings.Builder, n choice) bool {
	b.WriteString("(?:")
	for i, branch := range n.branches {
		if i > 0 {
			b.WriteByte('|')
		}
		if !translate(b, branch) {
			return false
		}
	}
	b.WriteByte(')')
	return true
}

// What can match the empty string is left out: the two engines end a loop of such
// rounds differently.
func translateRepeat(b *strings.Builder, n repeat) bool {
	least, _ := n.body.width()
	if n.mode == possessive || least == 0 || n.min > maxLinearCount || n.max > maxLinearCount {
		return false
	}
	b.WriteString("(?:")
	if !translate(b, n.body) {
		return false
	}
	b.WriteString("){" + strconv.Itoa(n.min))
	if n.max != n.min {
		b.WriteByte(',')
		if n.max >= 0 {
			b.WriteString(strconv.Itoa(n.max))
		}
	}
	b.WriteByte('}')
	if n.mode == lazy {
		b.WriteByte('?')
	}
	return true
}
