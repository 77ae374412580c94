package jsonpath

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// filter reads ?(condition), the bracket before it being read.
// Documented: the README, Predicates: conditions combine by && and ||, the first
// of which binds tighter, and ! negates.
func (p *parser) filter() (step, error) {
	p.i++
	p.space()
	if p.peek() != '(' {
		return nil, p.fail("( expected")
	}
	p.i++
	c, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.space(); p.peek() != ')' {
		return nil, p.fail(") expected")
	}
	p.i++
	return &filterStep{cond: c}, nil
}

func (p *parser) take(op string) bool {
	p.space()
	if !strings.HasPrefix(p.src[p.i:], op) {
		return false
	}
	p.i += len(op)
	return true
}

// Conditions of one operator are nested to the left; their number is bounded by
// the length of the path.
func (p *parser) or() (condition, error) {
	left, err := p.and()
	for err == nil && p.take("||") {
		var right condition
		right, err = p.and()
		left = anyOf{left, right}
	}
	return left, err
}

func (p *parser) and() (condition, error) {
	left, err := p.single()
	for err == nil && p.take("&&") {
		var right condition
		right, err = p.single()
		left = allOf{left, right}
	}
	return left, err
}

// single reads one comparison, test of existence, negation or parenthesis. The
// depth is bounded here, for the parser recurs with it and a path may come from a
// template that reads it from a payload.
func (p *parser) single() (condition, error) {
	if p.depth++; p.depth > maxGroups {
		return nil, p.fail("filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("!"):
		c, err := p.single()
		return not{c}, err
	case p.take("("):
		c, err := p.or()
		if err == nil && !p.take(")") {
			err = p.fail(") expected")
		}
		return c, err
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op := p.operator()
	if op == "" {
		// A literal that stands alone tests nothing: it is a comparison that was not finished.
		if left.path == nil {
			return nil, p.fail("operator expected")
		}
		return exists{left.path}, nil
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	return compare(left, op, right, p)
}

// operators, the longer before those they begin with: == would otherwise eat the
// start of ===.
var operators = [...]string{"===", "!==", "==", "!=", "=~", "<=", ">=", "<", ">"}

// words are operators that must be followed by something else than a letter, or
// in would be found at the start of a name. Their case means nothing.
var words = [...]string{"in", "nin", "subsetof", "anyof", "noneof", "contains", "all", "size", "empty", "type"}

// Without an operator the condition is a test of existence.
func (p *parser) operator() string {
	p.space()
	for _, op := range operators {
		if p.take(op) {
			return op
		}
	}
	end := p.i
	for end < len(p.src) && (p.src[end]|0x20) >= 'a' && (p.src[end]|0x20) <= 'z' {
		end++
	}
	for _, w := range words {
		if strings.EqualFold(p.src[p.i:end], w) {
			p.i = end
			return w
		}
	}
	return ""
}

// operand is one side of a comparison: a path, a literal or a pattern.
type operand struct {
	path  *Path
	root  bool // path begins with $
	value json.Node
	list  []json.Node // of a list literal
	match *pattern.Pattern
}

// Documented: the README, Predicates: texts stand in single or double quotes.
func (p *parser) operand() (operand, error) {
	p.space()
	switch c := p.peek(); {
	case c == '@' || c == '$':
		return p.pathOperand(c == '$')
	case c == '\'' || c == '"':
		s, err := p.quoted()
		return operand{value: literals().Value(s)}, err
	case c == '/':
		return p.patternOperand()
	case c == '[':
		return p.listOperand()
	case c == '-' || c == '.' || c >= '0' && c <= '9':
		return p.numberOperand()
	}
	for _, w := range []struct {
		name string
		v    any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if p.take(w.name) {
			return operand{value: literals().Value(w.v)}, nil
		}
	}
	return operand{}, p.fail("value expected")
}

// literals is a document of its own for each literal: it is never written to
// again, so that many goroutines may read it.
func literals() *json.Doc { return new(json.Doc) }

// @ is the item that is tested, $ the root of the payload (the README,
// Operators).
func (p *parser) pathOperand(root bool) (operand, error) {
	p.i++
	if p.depth++; p.depth > maxGroups {
		return operand{}, p.fail("filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	out := new(Path)
	start := p.i - 1
	if err := p.rest(out, true); err != nil {
		return operand{}, err
	}
	out.source = p.src[start:p.i]
	out.finish()
	return operand{path: out, root: root}, nil
}

// A number is read as the payload's are, so that both compare alike.
func (p *parser) numberOperand() (operand, error) {
	start := p.i
	for p.i < len(p.src) && strings.IndexByte("0123456789+-.eE", p.src[p.i]) >= 0 {
		p.i++
	}
	// Without a digit it is no number, whatever a lenient reader would make of it.
	d, err := json.Parse(p.src[start:p.i])
	if err != nil || !isNumber(d.Root()) || strings.Trim(p.src[start:p.i], "-+.eE") == "" {
		return operand{}, p.fail("number expected")
	}
	return operand{value: d.Root()}, nil
}

// patternOperand reads /pattern/flags. The flags are those of
// java.util.regex.Pattern, which has them as (?flags) too. A slash within the
// pattern has a backslash before it.
func (p *parser) patternOperand() (operand, error) {
	start := p.i + 1
	end := start
	for end < len(p.src) && p.src[end] != '/' {
		if p.src[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.src) {
		return operand{}, p.fail("pattern is not closed")
	}
	src := p.src[start:end]
	p.i = end + 1
	for p.i < len(p.src) && strings.IndexByte("dixmsuU", p.src[p.i]) >= 0 {
		p.i++
	}
	if flags := p.src[end+1 : p.i]; flags != "" {
		// In front of all: flags within a group would end with it.
		src = "(?" + flags + ")" + src
	}
	// Compiled with the path: a fault shows when the template is, and not at the first payload.
	m, err := pattern.Compile(src)
	if err != nil {
		return operand{}, p.fail("pattern: " + err.Error())
	}
	return operand{match: m}, nil
}

// listOperand reads a list of literals. A path within a list would have to be
// looked up for each item; the library does not take one either.
func (p *parser) listOperand() (operand, error) {
	out := operand{list: []json.Node{}}
	if p.depth++; p.depth > maxGroups {
		return out, p.fail("filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	p.i++
	for !p.take("]") {
		// [] is a list too: "in" finds nothing in it, and "nin" everything.
		if len(out.list) > 0 && !p.take(",") {
			return out, p.fail("] expected")
		}
		o, err := p.operand()
		if err != nil {
			return out, err
		}
		if o.value.Kind() == json.Missing {
			return out, p.fail("lists hold literals only")
		}
		out.list = append(out.list, o.value)
	}
	return out, nil
}
