package pattern

// quantifier wraps the node when one of ? * + {n,m} follows.
func (p *parser) quantifier(n node) (node, error) {
	p.skipComments()
	if !p.more() {
		return n, nil
	}
	r := repeat{body: n, max: unbounded}
	switch p.src[p.pos] {
	case '?':
		r.max = 1
	case '*':
	case '+':
		r.min = 1
	case '{':
		return p.counted(n)
	default:
		return n, nil
	}
	p.pos++
	r.mode = p.mode()
	return r, nil
}

func (p *parser) mode() mode {
	switch {
	case p.accept("?"):
		return lazy
	case p.accept("+"):
		return possessive
	}
	return greedy
}

func (p *parser) counted(n node) (node, error) {
	p.pos++
	least, ok := p.number()
	if !ok {
		return nil, p.fail("Illegal repetition")
	}
	most := least
	if p.accept(",") {
		most = unbounded
		if p.more() && p.src[p.pos] != '}' {
			if most, ok = p.number(); !ok || most < least {
				return nil, p.fail("Illegal repetition range")
			}
		}
	}
	if !p.accept("}") {
		return nil, p.fail("Unclosed counted closure")
	}
	return repeat{body: n, min: least, max: most, mode: p.mode()}, nil
}

func (p *parser) number() (int, bool) {
	start, n := p.pos, 0
	for p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		if n = n*10 + int(p.src[p.pos]-'0'); n > maxCount {
			return 0, false
		}
		p.pos++
	}
	return n, p.pos > start
}
