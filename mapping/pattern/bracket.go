package pattern

import "strings"

// class reads a bracket expression after its opening bracket: characters, ranges,
// escapes and nested classes are united, && intersects what stands before it with
// everything behind it. ^ negates the whole, intersections too.
// Documented: the class, Character classes, with their order of precedence.
func (p *parser) class() (set, error) {
	// A class in a class is a call in a call: brackets alone could use up the stack.
	if p.depth++; p.depth > maxNesting {
		return nil, p.fail("Pattern nests too deeply")
	}
	defer func() { p.depth-- }()
	negate := p.acceptHere("^")
	s, err := p.members(true)
	if err != nil {
		return nil, err
	}
	if negate {
		s = s.negate()
	}
	return s, nil
}

// members reads up to and including the closing bracket, unless that belongs to a
// class around this one. A bracket that comes first is a member, not the end.
func (p *parser) members(close bool) (set, error) {
	var all, last set
	some := false
	for {
		p.skipComments()
		if !p.more() {
			return nil, p.fail("Unclosed character class")
		}
		if some && p.src[p.pos] == ']' {
			if close {
				p.pos++
			}
			return all.normal(), nil
		}
		item, both, err := p.nextMembers()
		// A short pattern can name large sets many times: the work is counted and not the letters.
		if p.spans += 2 * len(item); err == nil && p.spans > maxSpans {
			err = p.fail("Pattern too complex")
		}
		if err == nil && both && item == nil && !some {
			err = p.fail("Bad class syntax")
		}
		switch {
		case err != nil:
			return nil, err
		case !both:
			all, last = append(all, item...), item
		case item != nil && !some:
			all, last = item, item
		default:
			if item != nil {
				last = item
			} else if last.singles() {
				last = all // Java keeps single characters together
			}
			p.spans += 4 * (len(all) + len(last))
			all = all.normal().intersect(last.normal())
		}
		some = true
	}
}

// nextMembers reads one member, or what is to be intersected with what stands
// before it, which Java may find to be nothing: then the latest member takes its
// place. Nobody would write that on purpose; it is done as Java does it, since
// patterns are moved here as they are.
func (p *parser) nextMembers() (s set, both bool, err error) {
	if !p.both() {
		s, err = p.member()
		return s, false, err
	}
	for {
		p.skipComments()
		if p.looking("]") || p.looking("&") {
			return s, true, nil
		}
		var part set
		if p.acceptHere("[") {
			part, err = p.class()
		} else {
			part, err = p.members(false)
		}
		if err != nil {
			return nil, true, err
		}
		if p.spans += 2 * len(part); p.spans > maxSpans {
			return nil, true, p.fail("Pattern too complex")
		}
		if s = append(s, part...).normal(); s == nil {
			s = set{}
		}
	}
}

// both steps over two ampersands.
// One ampersand alone is a character. Two may have white space between them under
// the flag x.
func (p *parser) both() bool {
	start := p.pos
	first := p.accept("&")
	if second := first && p.accept("&"); second {
		return true
	}
	p.pos = start
	return false
}

// Within brackets only the backslash, the brackets, the hyphen and && mean
// something (the class, Character classes).
func (p *parser) member() (set, error) {
	switch {
	case p.accept("["):
		return p.class()
	case p.accept(`\`):
		return p.escapedMember()
	}
	return p.rangeFrom(p.rune())
}

// References to groups and assertions mean nothing where one character is asked
// for.
func (p *parser) escapedMember() (set, error) {
	if !p.more() {
		return nil, p.fail("Unclosed character class")
	}
	if c := p.src[p.pos]; c >= '1' && c <= '9' {
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

// rangeFrom completes a-z; a hyphen before a bracket is itself, and so is one
// behind \d or another class of characters.
func (p *parser) rangeFrom(lo rune) (set, error) {
	p.skipComments()
	rest := p.src[p.pos:]
	if len(rest) == 1 && rest[0] == '-' {
		return nil, p.fail("Illegal character range")
	}
	// Java looks at one character behind the hyphen to tell a range from a member.
	if len(rest) < 2 || rest[0] != '-' || rest[1] == '[' || rest[1] == ']' {
		return p.one(lo), nil
	}
	p.pos++
	hi, err := p.rangeEnd()
	if err != nil {
		return nil, err
	}
	// Java refuses it too: nobody means a range that holds nothing.
	if hi < lo {
		return nil, p.fail("Illegal character range")
	}
	return p.between(lo, hi), nil
}

// A range ends in one character; that of a set has no end.
func (p *parser) rangeEnd() (rune, error) {
	if !p.accept(`\`) {
		return p.rune(), nil
	}
	if !p.more() {
		return 0, p.fail("Illegal character range")
	}
	switch c := p.src[p.pos]; {
	case strings.IndexByte("dDwWsShHvV", c) >= 0:
		return 0, p.fail("Illegal character range")
	case c >= '1' && c <= '9':
		return 0, p.fail("Illegal/unsupported escape sequence")
	}
	return p.escapedRune()
}
