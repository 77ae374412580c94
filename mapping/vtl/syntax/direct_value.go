package syntax

import "strings"

// usualReference reads a reference whose dollar stands at a place, as reference does: with the names, calls and indexes
// that follow at once, and in braces up to the one that closes.
//
// Source: Reference of Parser.jjt of Velocity 1.7, and the states REFERENCE, REFMOD and REFMOD2 of its lexer.
func (p *parser) usualReference(begin int) (*Reference, int) {
	s := p.lex.src
	i, quiet, braces := begin+1, false, false
	if i < len(s) && classes[s[i]]&letter == 0 {
		if quiet = s[i] == '!'; quiet {
			i++
		}
		if braces = i < len(s) && s[i] == '{'; braces {
			i++
		}
	}
	if i >= len(s) || classes[s[i]]&letter == 0 || p.space.depth >= p.Nesting {
		return nil, unusual
	}
	end := run(s, i+1, namePart)
	name := s[i:end]
	if nameKind(name) != tkIdentifier {
		return nil, unusual
	}
	n := p.space.refs.next()
	member := false
	if p.stepBegins(end) {
		if end, member = p.usualSteps(n, end); end == unusual {
			return nil, unusual
		}
	}
	switch {
	case braces:
		if end == len(s) || s[end] != '}' {
			return nil, unusual
		}
		end++
	case end < len(s) && classes[s[end]]&ender == 0 && !endsReference(s, end, member):
		return nil, unusual
	}
	n.Range, n.Text, n.Quiet = p.span(begin, end), s[begin:end], quiet
	n.Slot = int32(p.slot(name))
	p.Binder.Reference(n)
	return n, end
}

// stepBegins tells whether a step stands next: a dot with a name, or a bracket.
func (p *parser) stepBegins(i int) bool {
	s := p.lex.src
	return i+1 < len(s) && (s[i] == '.' && classes[s[i+1]]&letter != 0 || s[i] == '[')
}

// usualSteps reads what follows the name of a reference. A step that is a name alone is a member, behind which a
// parenthesis would begin a call.
func (p *parser) usualSteps(n *Reference, i int) (end int, member bool) {
	p.space.depth++
	step, end, member := p.usualStep(i, false)
	if end != unusual && !p.stepBegins(end) {
		n.only[0] = step
		n.Steps = n.only[:]
		p.space.depth--
		return end, member
	}
	var few [4]Step
	steps := append(few[:0], step)
	for end != unusual && p.stepBegins(end) {
		step, end, member = p.usualStep(end, member)
		steps = append(steps, step)
	}
	if end != unusual {
		n.Steps = p.space.lists.keep(steps)
	}
	p.space.depth--
	return end, member
}

func (p *parser) usualStep(i int, member bool) (Step, int, bool) {
	if p.lex.src[i] == '.' {
		return p.usualMember(i + 1)
	}
	n, end := p.usualIndex(i)
	return n, end, member
}

// endsReference tells whether what stands behind a reference surely leaves nothing of it open. It is asked where
// no further step begins; member says that a parenthesis would begin one.
//
// The lexer reads that character in the state of the reference still, where most end it and are given back. Others are
// tokens there which would be a text elsewhere, or open something that later comes back into the state.
func endsReference(s string, i int, member bool) bool {
	next := byte(0)
	if i+1 < len(s) {
		next = s[i+1]
	}
	switch c := s[i]; {
	case classes[c]&ender != 0:
		return true
	case classes[c]&blank != 0:
		return setDirective(s[i:]) == 0 // of which the lexer comes back into the reference
	case c == '#':
		return classes[next]&letter != 0 && next != 's' || next == '{' && i+2 < len(s) && s[i+2] == 'e'
	case c == '$': // behind a member a reference is one within the other
		return !member && (classes[next]&letter != 0 || next == '!' && i+2 < len(s) && classes[s[i+2]]&letter != 0)
	case c == '(':
		return !member
	}
	return false
}

// usualMember reads the property or the call whose name begins at a place. What is a call is sure when its parenthesis
// closes: without an argument that is whole, the grammar may take the name for a property.
func (p *parser) usualMember(begin int) (step Step, end int, member bool) {
	s := p.lex.src
	end = run(s, begin+1, namePart)
	name := s[begin:end]
	if nameKind(name) != tkIdentifier {
		return nil, unusual, false
	}
	if end == len(s) || s[end] != '(' {
		n := p.space.props.next()
		n.Range, n.Name = p.span(begin, end), name
		p.Binder.Property(n)
		return n, end, true
	}
	var few [4]Node
	args := few[:0]
	if end++; end < len(s) && s[end] != ')' {
		for end--; ; {
			var arg Node
			if arg, end = p.usualArgument(end + 1); end == unusual {
				return nil, unusual, false
			}
			args = append(args, arg)
			if s[end] != ',' {
				break
			}
		}
	}
	if end >= len(s) || s[end] != ')' {
		return nil, unusual, false
	}
	end++
	n := p.space.calls.next()
	n.Range, n.Name, n.Args = p.span(begin, end), name, p.space.lists.keep(args)
	if p.Binder.Call(n) {
		p.space.drops++
	}
	return n, end, false
}

// usualIndex reads an index whose bracket stands at a place.
func (p *parser) usualIndex(begin int) (Step, int) {
	arg, end := p.usualArgument(begin + 1)
	if end == unusual || p.lex.src[end] != ']' {
		return nil, unusual
	}
	end++
	return &Index{p.span(begin, end), arg}, end
}

// usualArgument reads a value of a call or an index with the white space around it. Something stands behind it.
func (p *parser) usualArgument(i int) (n Node, end int) {
	s := p.lex.src
	if i = spaceEnd(s, i); i == len(s) {
		return nil, unusual
	}
	if s[i] == '$' {
		n, end = p.usualReference(i)
	} else {
		n, end = p.usualLiteral(i, namePart)
	}
	if end == unusual {
		return nil, unusual
	}
	if end = spaceEnd(s, end); end == len(s) {
		return nil, unusual
	}
	return n, end
}

// usualLiteral reads a string, a whole number or a truth value. Words go on as long as there are characters of a class,
// which is another in the arguments of a method than in those of a directive.
//
// A number behind which a point stands may be the end of a range, and one with an e a decimal: neither is usual.
func (p *parser) usualLiteral(begin int, class uint8) (Node, int) {
	s := p.lex.src
	l, end := Literal{}, unusual
	switch c := s[begin]; {
	case c == '\'' || c == '"':
		end = begin + 2 + strings.IndexByte(s[begin+1:], c)
		if end == begin+1 || end < len(s) && s[end] == c { // two stand for one that is a part of the text
			return nil, unusual
		}
		if l.Kind, l.Text = String, s[begin+1:end-1]; c == '"' && !isPlain(l.Text) {
			return p.usualInterpolated(begin, end, l.Text)
		}
	case isDigit(c):
		end = digitRun(s, begin+1)
		if end < len(s) && (s[end] == '.' || s[end]|0x20 == 'e') {
			return nil, unusual
		}
		l = integerOf(s[begin:end])
	case classes[c]&letter != 0:
		end = run(s, begin+1, class)
		switch l.Kind = Boolean; s[begin:end] {
		case "true":
			l.Int = 1
		case "false":
		default:
			return nil, unusual
		}
	default:
		return nil, unusual
	}
	n := p.space.literals.next()
	*n = l
	n.Range = p.span(begin, end)
	return n, end
}

// usualInterpolated reads a string with references. There are none within its own, as no quote is a part of it: so
// what is read twice, here and by the grammar, is so no more often than that.
func (p *parser) usualInterpolated(begin, end int, text string) (Node, int) {
	if strings.IndexByte(text, '\\') >= 0 {
		return nil, unusual
	}
	comments, deferred := len(p.t.Comments), p.space.deferred
	n, err := p.interpolated(begin, end, text, text)
	if err != nil || len(p.t.Comments) > comments || p.space.deferred != deferred { // which the grammar would note again
		p.t.Comments, p.space.deferred = p.t.Comments[:comments], deferred
		return nil, unusual
	}
	return n, end
}

// isPlain tells whether a text between double quotes stands for itself.
func isPlain(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&opener != 0 {
			return false
		}
	}
	return true
}

// operand is a part of an expression.
type operand struct {
	Node
	in       Range // with the parentheses around it
	from, to int   // what Velocity counts to it, see parsed
	end      int   // behind the white space behind it
}

// usualExpression reads an expression with the white space around it.
func (p *parser) usualExpression(i int) operand {
	if p.space.depth++; p.space.depth > p.Nesting {
		return operand{end: unusual}
	}
	n := p.usualUnary(i)
	if n.end != unusual && n.end < len(p.lex.src) && p.lex.src[n.end] != ')' {
		n = p.usualBinary(n, 0)
	}
	p.space.depth--
	return n
}

// usualBinary is binary without tokens: operators group to the left, and what Velocity counts to an operation begins
// behind its operator.
func (p *parser) usualBinary(left operand, least int) operand {
	for left.end != unusual {
		op, behind := usualOperator(p.lex.src, left.end)
		strength := binds(op)
		if strength < least {
			break
		}
		right := p.usualBinary(p.usualUnary(behind), strength+1)
		if right.end == unusual {
			return right
		}
		n := p.space.binaries.next()
		n.Range = Range{left.in.Start, right.in.End}
		n.Op, n.Operator = operators[op], p.span(left.end, left.end).Start
		n.Left, n.Right = left.Node, right.Node
		if n.Op == Plus {
			n.LeftText, n.RightText = p.lex.src[left.from:left.to], p.lex.src[right.from:right.to]
		}
		left = operand{n, n.Range, behind, right.end, right.end}
	}
	return left
}

// usualOperator finds the operator at a place. A minus before a digit belongs to the number, and the grammar finds the
// operator missing.
func usualOperator(s string, i int) (kind tokenKind, behind int) {
	if i >= len(s) || s[i] == ')' {
		return tkNone, i
	}
	w := 0
	switch c := s[i]; {
	case classes[c]&letter != 0:
		kind, w = matchWord(s[i:])
	case c == '-' && i+1 < len(s) && (isDigit(s[i+1]) || s[i+1] == '.'): // of a number
		return tkNone, i
	default:
		kind, w = matchSign(s[i:])
	}
	return kind, i + w
}

// usualUnary is unary without tokens, with the white space on both sides. What Velocity counts to an operand leaves out
// its parentheses, and with ! leaves that out too.
func (p *parser) usualUnary(i int) operand {
	s, end := p.lex.src, unusual
	if i = spaceEnd(s, i); i == len(s) {
		return operand{end: unusual}
	}
	var n operand
	switch s[i] {
	case '!':
		if p.space.depth++; p.space.depth > p.Nesting {
			return operand{end: unusual}
		}
		of := p.usualUnary(i + 1)
		p.space.depth--
		if of.end == unusual {
			return of
		}
		not := &Not{Range{p.span(i, i).Start, of.in.End}, of.Node}
		return operand{not, not.Range, i + 1, of.end, of.end}
	case '(':
		n = p.usualExpression(i + 1)
		if end = closed(s, n.end); end == unusual {
			return operand{end: unusual}
		}
		n.from, n.to, n.in = i+1, n.end, p.span(i, end)
	case '$':
		n.Node, end = p.usualReference(i)
		n.from, n.to, n.in = i, end, p.span(i, end)
	default:
		n.Node, end = p.usualLiteral(i, wordPart)
		n.from, n.to, n.in = i, end, p.span(i, end)
	}
	if n.end = end; end != unusual {
		n.end = spaceEnd(s, end)
	}
	return n
}

// usualOperand reads a reference or a literal with the white space around it.
func (p *parser) usualOperand(i int) (Node, int) {
	s := p.lex.src
	if i = spaceEnd(s, i); i == len(s) || s[i] != '$' {
		return nil, unusual
	}
	n, end := p.usualReference(i)
	if end == unusual {
		return nil, unusual
	}
	return n, spaceEnd(s, end)
}
