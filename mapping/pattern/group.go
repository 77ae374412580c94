package pattern

import "strings"

// group reads what follows an opening parenthesis.
// Documented: the class, Special constructs (named-capturing and non-capturing).
func (p *parser) group() (node, error) {
	if !p.accept("?") {
		return p.capture()
	}
	switch {
	case p.acceptHere(":"):
		return p.body()
	case p.acceptHere(">"):
		n, err := p.body()
		return atomic{n}, err
	case p.acceptHere("="):
		n, err := p.body()
		return look{body: n}, err
	case p.acceptHere("!"):
		n, err := p.body()
		return look{body: n, negate: true}, err
	case !p.acceptHere("<"):
		return p.inlineFlags()
	case p.accept("="):
		return p.behind(false)
	case p.accept("!"):
		return p.behind(true)
	}
	return p.named()
}

// Groups are numbered by their opening parentheses, from the left (the class,
// Groups and capturing), so the number is taken before the body is read.
func (p *parser) capture() (node, error) {
	p.groups++
	index := p.groups
	n, err := p.body()
	return group{index, n}, err
}

// body reads up to the closing parenthesis and gives the flags back: a change of
// flags within a group ends with it.
func (p *parser) body() (node, error) {
	kept := p.flags
	n, err := p.alternation()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, p.fail("Unclosed group")
	}
	p.flags = kept
	return n, nil
}

// A look-behind starts at each place that its body could reach back to, so there
// has to be a longest. Java finds lengths in a way of its own, see measure.
func (p *parser) behind(negate bool) (node, error) {
	rest := p.src[p.pos:]
	n, err := p.body()
	if err != nil {
		return nil, err
	}
	s := measure(n)
	if !s.valid {
		return nil, p.fail("Look-behind group does not have an obvious maximum length")
	}
	return look{body: n, behind: true, negate: negate, least: int(s.least), most: int(s.most), units: !strings.ContainsFunc(rest, wide)}, nil
}

// wide holds for characters of two UTF-16 units. With one of them in the pattern Java
// counts characters rather than units.
func wide(r rune) bool { return r > 0xFFFF }

// Documented: the class, Groups and capturing: a named group has a number as
// well. Two of one name are an error.
func (p *parser) named() (node, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if _, taken := p.names[name]; taken {
		return nil, p.fail("Named capturing group <" + name + "> is already defined")
	}
	if p.names == nil {
		p.names = map[string]int{}
	}
	p.names[name] = p.groups + 1
	return p.capture()
}

// name reads up to and including the closing angle bracket.
// Documented: the class, Groups and capturing: a Latin letter, then letters and
// digits.
func (p *parser) name() (string, error) {
	name := ""
	for p.skipComments(); p.more() && isWord(p.src[p.pos], name != ""); p.skipComments() {
		name += p.src[p.pos : p.pos+1]
		p.pos++
	}
	if name == "" {
		return "", p.fail("capturing group name does not start with a Latin letter")
	}
	if !p.accept(">") {
		return "", p.fail("named capturing group is missing trailing '>'")
	}
	return name, nil
}

// isWord holds for what the name of a group is made of: letters of ASCII, and digits but
// for the first place.
// Documented: the class, Group name.
func isWord(c byte, digits bool) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digits && c >= '0' && c <= '9'
}

// inlineFlags reads (?i-m), which holds to the end of the group around it, or
// (?i-m:…), which is a group of its own and captures nothing.
//
// Documented: the class, Special constructs: (?idmsuxU-idmsuxU) and the same with a
// colon.
func (p *parser) inlineFlags() (node, error) {
	kept, on := p.flags, true
	for p.skipComments(); p.more(); p.skipComments() {
		c := p.src[p.pos]
		p.pos++
		switch f, known := flagOf(c); {
		case c == ')':
			return nil, nil
		case c == ':':
			n, err := p.body()
			p.flags = kept
			return n, err
		case c == '-' && on:
			on = false
		case !known:
			p.pos--
			return nil, p.fail("Unknown inline modifier")
		case on:
			p.flags |= f
		default:
			p.flags &^= f
		}
	}
	return nil, p.fail("Unknown inline modifier")
}

// isGroup tells whether what is written begins with a group that Java may repeat
// as one. Java repeats groups by other nodes than single characters and
// assertions, and the two differ in what rounds of nothing count for.
func isGroup(written string) bool {
	if !strings.HasPrefix(written, "(") {
		return false
	}
	for _, other := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>"} {
		if strings.HasPrefix(written, other) {
			return false
		}
	}
	return true
}

// Documented: the class, Special constructs: (?idmsuxU).
func flagOf(c byte) (flags, bool) {
	switch c {
	case 'i':
		return flagFold, true
	case 'd':
		return flagUnixLine, true
	case 'm':
		return flagMulti, true
	case 's':
		return flagDotAll, true
	case 'u':
		return flagUnicode, true
	case 'x':
		return flagComments, true
	case 'U':
		return flagClasses | flagUnicode, true
	case 'c':
		return 0, true // canonical equivalence is accepted and has no effect
	}
	return 0, false
}
