package pattern

// quantifier wraps the node when one of ? * + {n,m} follows.
// Documented: the class, Greedy quantifiers. Java takes one of them alone: a
// second is what makes it reluctant or possessive, or an error.
func (p *parser) quantifier(n node, isGroup bool) (node, error) {
	p.skipComments()
	if !p.more() {
		return n, nil
	}
	r := repeat{body: n, max: unbounded, isGroup: isGroup}
	switch p.src[p.pos] {
	case '?':
		r.max = 1
	case '*':
	case '+':
		r.min = 1
	case '{':
		return p.counted(r)
	default:
		return n, nil
	}
	p.pos++
	r.mode = p.mode()
	return r, nil
}

// Documented: the class, Reluctant quantifiers and Possessive quantifiers.
func (p *parser) mode() mode {
	switch {
	case p.accept("?"):
		return lazy
	case p.accept("+"):
		return possessive
	}
	return greedy
}

// Documented: the class, Greedy quantifiers: {n}, {n,} and {n,m}. A brace that is
// no count is an error, unlike in Perl.
func (p *parser) counted(r repeat) (node, error) {
	if p.pos++; !p.more() || p.src[p.pos] < '0' || p.src[p.pos] > '9' {
		return nil, p.fail("Illegal repetition")
	}
	least, ok := p.number()
	if !ok {
		return nil, p.fail("Illegal repetition range")
	}
	most := least
	// Java knows no {,m}: a count begins with a digit.
	if p.accept(",") {
		most = unbounded
		if p.skipComments(); p.more() && p.src[p.pos] != '}' {
			if most, ok = p.number(); !ok {
				return nil, p.fail("Illegal repetition range")
			}
		}
	}
	if !p.accept("}") {
		return nil, p.fail("Unclosed counted closure")
	}
	// {3,2} could match nothing at all: Java says so rather than never match.
	if most != unbounded && most < least {
		return nil, p.fail("Illegal repetition range")
	}
	r.min, r.max, r.mode = least, most, p.mode()
	return r, nil
}

// number reads digits, if there are any; false tells that there are too many.
func (p *parser) number() (int, bool) {
	n := 0
	for {
		d, more := p.digit(10)
		if !more {
			return n, true
		}
		// Stopped before it overflows: a count that wraps would be a small one.
		if n = n*10 + int(d); n > maxCount {
			return 0, false
		}
	}
}
