package pattern

import (
	"strings"
	"unicode/utf8"
)

// class reads a bracket expression after its opening bracket: characters,
// ranges, escapes and nested classes are united, && intersects what stands
// before it with everything behind it.
func (p *parser) class() (set, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.fail("Pattern nests too deeply")
	}
	defer func() { p.depth-- }()
	negate := p.accept("^")
	s, err := p.members()
	if err != nil {
		return nil, err
	}
	if negate {
		s = s.negate()
	}
	return s, nil
}

// members reads up to and including the closing bracket.
func (p *parser) members() (set, error) {
	var s set
	some := false
	for {
		p.skipComments()
		if !p.more() {
			return nil, p.fail("Unclosed character class")
		}
		if some && p.accept("]") {
			return s.normal(), nil
		}
		if p.accept("&&") {
			return p.intersection(s.normal(), some)
		}
		item, err := p.member()
		if p.spans += 2 * len(item); err == nil && p.spans > maxSpans {
			err = p.fail("Pattern too complex")
		}
		if err != nil {
			return nil, err
		}
		s = append(s, item...)
		some = true
	}
}

// intersection reads the right side of && and what closes the class. An empty
// left side takes the right side as it is.
func (p *parser) intersection(left set, some bool) (set, error) {
	for p.accept("&&") {
	}
	if p.accept("]") {
		return left, nil
	}
	right, err := p.members()
	if err != nil || !some {
		return right, err
	}
	p.spans += 4 * (len(left) + len(right))
	return left.intersect(right), nil
}

func (p *parser) member() (set, error) {
	switch {
	case p.accept("["):
		return p.class()
	case p.accept(`\Q`):
		return p.quotedMember(), nil
	case p.accept(`\`):
		return p.escapedMember()
	}
	return p.rangeFrom(p.rune())
}

func (p *parser) quotedMember() set {
	text := p.src[p.pos:]
	if i := strings.Index(text, `\E`); i >= 0 {
		text = text[:i]
		p.pos += i + 2
	} else {
		p.pos = len(p.src)
	}
	var s set
	for _, r := range text {
		s = append(s, span{r, r})
	}
	return p.fold(s.normal())
}

func (p *parser) escapedMember() (set, error) {
	if !p.more() {
		return nil, p.fail("Illegal/unsupported escape sequence")
	}
	if strings.IndexByte("dDwWsShHvVpP", p.src[p.pos]) >= 0 {
		return p.escapedSet()
	}
	r, err := p.escapedRune()
	if err != nil {
		return nil, err
	}
	return p.rangeFrom(r)
}

// rangeFrom completes a-z; a hyphen before a bracket is itself.
func (p *parser) rangeFrom(lo rune) (set, error) {
	rest := p.src[p.pos:]
	if len(rest) < 2 || rest[0] != '-' || rest[1] == '[' || rest[1] == ']' {
		return p.fold(single(lo)), nil
	}
	p.pos++
	hi, err := p.rangeEnd()
	if err != nil {
		return nil, err
	}
	if hi < lo {
		return nil, p.fail("Illegal character range")
	}
	return p.fold(between(lo, hi)), nil
}

func (p *parser) rangeEnd() (rune, error) {
	if !p.accept(`\`) {
		return p.rune(), nil
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	if strings.ContainsRune("dDwWsShHvVpP", r) {
		return 0, p.fail("Illegal character range")
	}
	return p.escapedRune()
}
