package cli

import (
	"fmt"
	"strings"
)

// parseShorthand reads the AWS CLI's short form of maps and structures:
//
//	key=value,key2=value2    two members
//	key=a,b,key2=c           a list, as long as no = follows
//	key={a=b},key2=[c,d]     nested
//	key="a,b"                in quotes, so that commas are part of it
//
// See "Using shorthand syntax" in the AWS CLI User Guide.
func parseShorthand(text string) (any, error) {
	p := &shorthand{text: text}
	value, err := p.members(0)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.fail("a comma or the end")
	}
	return value, nil
}

// shorthand is a text and how far it was read. maxNesting bounds the recursion.
type shorthand struct {
	text string
	at   int
}

const maxNesting = 32

func (p *shorthand) fail(want string) error {
	return fmt.Errorf("expected %s at character %d of: %s", want, p.at+1, p.text)
}

func (p *shorthand) next() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *shorthand) take(c byte) bool {
	if p.next() != c || p.at >= len(p.text) {
		return false
	}
	p.at++
	return true
}

func (p *shorthand) space() {
	for p.next() == ' ' || p.next() == '\n' || p.next() == '\t' {
		p.at++
	}
}

// members reads key=value pairs up to the end or a closing brace.
func (p *shorthand) members(depth int) (map[string]any, error) {
	out := map[string]any{}
	for {
		p.space()
		if p.at >= len(p.text) || p.next() == '}' {
			return out, nil
		}
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if out[key], err = p.value(depth); err != nil {
			return nil, err
		}
		p.space()
		if !p.take(',') {
			return out, nil
		}
	}
}

// key reads up to the =; quotes may stand around it.
func (p *shorthand) key() (string, error) {
	if c := p.next(); c == '"' || c == '\'' {
		key, err := p.quoted(c)
		if err == nil && !p.take('=') {
			err = p.fail("'='")
		}
		return key, err
	}
	end := strings.IndexAny(p.text[p.at:], "=,{}[]\"'")
	if end <= 0 || p.text[p.at+end] != '=' {
		return "", p.fail("key=value")
	}
	key := strings.TrimSpace(p.text[p.at : p.at+end])
	p.at += end + 1
	return key, nil
}

// value reads what follows the =, and as many words after it as have no = of
// their own: then it is a list.
func (p *shorthand) value(depth int) (any, error) {
	first, err := p.item(depth)
	if err != nil {
		return nil, err
	}
	list := []any{first}
	for p.next() == ',' && p.wordFollows() {
		p.at++
		p.space()
		item, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	if len(list) == 1 {
		return first, nil
	}
	return list, nil
}

// wordFollows looks behind the comma: a word that no = follows belongs to the list.
func (p *shorthand) wordFollows() bool {
	ahead := &shorthand{text: p.text, at: p.at + 1}
	ahead.space()
	if ahead.at >= len(ahead.text) {
		return false
	}
	if _, err := ahead.key(); err == nil {
		return false
	}
	return true
}

func (p *shorthand) item(depth int) (any, error) {
	if depth > maxNesting {
		return nil, p.fail("less nesting")
	}
	switch c := p.next(); c {
	case '{':
		p.at++
		members, err := p.members(depth + 1)
		if err == nil && !p.take('}') {
			err = p.fail("'}'")
		}
		return members, err
	case '[':
		p.at++
		return p.list(depth + 1)
	case '"', '\'':
		return p.quoted(c)
	}
	ends := ","
	if depth > 0 {
		ends = ",}]"
	}
	end := strings.IndexAny(p.text[p.at:], ends)
	if end < 0 {
		end = len(p.text) - p.at
	}
	word := p.text[p.at : p.at+end]
	p.at += end
	return strings.TrimSpace(word), nil
}

func (p *shorthand) list(depth int) (any, error) {
	list := []any{}
	for {
		p.space()
		if p.take(']') {
			return list, nil
		}
		item, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		p.space()
		if !p.take(',') && p.next() != ']' {
			return nil, p.fail("',' or ']'")
		}
	}
}

// quoted reads a text in quotes; a backslash keeps the quote from ending it.
func (p *shorthand) quoted(quote byte) (string, error) {
	p.at++
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == quote:
			return b.String(), nil
		case c == '\\' && (p.next() == quote || p.next() == '\\'):
			c = p.next()
			p.at++
		}
		b.WriteByte(c)
	}
	return "", p.fail(string(quote))
}
