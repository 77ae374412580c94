package pattern

import "strings"

// plain matches patterns that are no more than a row of characters, as most
// integration response keys are: a literal, `4\d{2}`, `5..`, `.*error.*`'s
// simpler kin. It never backtracks and never allocates.
type plain struct {
	literal string // when every part is one certain character
	exact   bool   // literal is the whole pattern
	parts   []repeat
}

// newPlain reports whether the tree is a row in which at most the last part
// has no fixed count.
//
// Documented: API Gateway Developer Guide, integration responses: a selection pattern is
// a regular expression, and most are as simple as these.
func newPlain(n node) (plain, bool) {
	parts := []node{n}
	switch n := n.(type) {
	case sequence:
		parts = n.parts
	case empty:
		parts = nil
	}
	p := plain{exact: true}
	var lit strings.Builder
	for i, part := range parts {
		r, ok := part.(repeat)
		if !ok {
			r = repeat{body: part, min: 1, max: 1}
		}
		c, ok := r.body.(char)
		if !ok || r.min != r.max && i < len(parts)-1 || r.max == 0 {
			return plain{}, false
		}
		if only, ok := c.c.only(); ok && r.min == 1 && r.max == 1 {
			lit.WriteRune(only)
		} else {
			p.exact = false
		}
		p.parts = append(p.parts, r)
	}
	p.literal = lit.String()
	return p, true
}

// match tests the whole text. Only the last part may vary in length, so taking as
// much as there is never has to be given back.
func (p *plain) match(s string) bool {
	if p.exact {
		return s == p.literal
	}
	at := 0
	for i := range p.parts {
		r := &p.parts[i]
		c := r.body.(char).c
		for n := 0; r.max < 0 || n < r.max; n++ {
			w := c.next(s, at)
			if w == 0 {
				if n < r.min {
					return false
				}
				break
			}
			at += w
		}
	}
	return at == len(s)
}
