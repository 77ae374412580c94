package cli

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// query is an expression of --query: the part of JMESPath that scripts use.
//
//	Items[0].ApiId               members and indexes
//	Items[].Name, Items[*].Name  each item of a list
//	Items[?Name=='chat'].ApiId   items whose member is, or is not (!=), a value
//	Items[].[ApiId, Name]        several members as a list
//	Items[].{id: ApiId}          several members under other names
//	length(Items)                how many
//	Items[].ApiId | [0]          the first of the result
type query func(value any) any

// parseQuery reads an expression.
func parseQuery(text string) (query, error) {
	p := &queryParser{text: text}
	q, err := p.pipe(0)
	if err == nil && p.at < len(p.text) {
		err = p.fail()
	}
	return q, err
}

type queryParser struct {
	text string
	at   int
}

func (p *queryParser) fail() error {
	return fmt.Errorf("--query %s: not understood from character %d on", p.text, p.at+1)
}

// take skips spaces and then the word, if it is there.
func (p *queryParser) take(word string) bool {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	if !strings.HasPrefix(p.text[p.at:], word) {
		return false
	}
	p.at += len(word)
	return true
}

// ahead says whether the word comes next, without taking it.
func (p *queryParser) ahead(word string) bool {
	at := p.at
	found := p.take(word)
	p.at = at
	return found
}

// pipe reads expressions separated by |; a pipe ends the projection before it.
func (p *queryParser) pipe(depth int) (query, error) {
	if depth > maxNesting {
		return nil, p.fail()
	}
	q, err := p.chain(depth)
	for err == nil && p.take("|") {
		var next query
		left := q
		if next, err = p.chain(depth); err == nil {
			q = func(v any) any { return next(left(v)) }
		}
	}
	return q, err
}

// chain reads one expression: what it begins with and all that is done to that.
func (p *queryParser) chain(depth int) (query, error) {
	begin := same
	if !p.ahead("[") {
		var err error
		if begin, err = p.first(depth); err != nil {
			return nil, err
		}
	} else if p.multi() {
		var err error
		if begin, err = p.list(depth); err != nil {
			return nil, err
		}
	}
	rest, err := p.rest(depth, false)
	if err != nil {
		return nil, err
	}
	return func(v any) any { return rest(begin(v)) }, nil
}

func same(v any) any { return v }

// multi says whether a bracket begins a list of members, not an index or filter.
func (p *queryParser) multi() bool {
	at := p.at
	defer func() { p.at = at }()
	p.take("[")
	for _, c := range []string{"]", "*", "?", "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		if p.ahead(c) {
			return false
		}
	}
	return true
}

// first reads a member, a function, @ or a selection of members.
func (p *queryParser) first(depth int) (query, error) {
	switch {
	case p.take("@"):
		return same, nil
	case p.ahead("{"):
		return p.hash(depth)
	case p.ahead("["):
		return p.list(depth)
	}
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if name == "length" && p.take("(") {
		of, err := p.pipe(depth + 1)
		if err == nil && !p.take(")") {
			err = p.fail()
		}
		return func(v any) any { return lengthOf(of(v)) }, err
	}
	return func(v any) any { return memberOf(v, name) }, nil
}

func (p *queryParser) name() (string, error) {
	if p.take(`"`) {
		end := strings.IndexByte(p.text[p.at:], '"')
		if end < 0 {
			return "", p.fail()
		}
		name := p.text[p.at : p.at+end]
		p.at += end + 1
		return name, nil
	}
	p.take("") // spaces
	begin := p.at
	for p.at < len(p.text) && strings.IndexByte("_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", p.text[p.at]) >= 0 {
		p.at++
	}
	if begin == p.at {
		return "", p.fail()
	}
	return p.text[begin:p.at], nil
}

// rest reads what is done to a value: members, indexes and projections, which
// take all that follows them, up to a [] that flattens what they gave.
func (p *queryParser) rest(depth int, projected bool) (query, error) {
	if depth > maxNesting {
		return nil, p.fail()
	}
	var step query
	var err error
	switch {
	case projected && p.ahead("[]"):
		return same, nil
	case p.take("."):
		step, err = p.first(depth + 1)
	case p.take("[]"):
		return p.projection(depth, flatten, all)
	case p.take("[*]"):
		return p.projection(depth, same, all)
	case p.take("[?"):
		keep, err := p.condition()
		if err != nil {
			return nil, err
		}
		return p.projection(depth, same, keep)
	case p.take("["):
		step, err = p.index()
	default:
		return same, nil
	}
	if err != nil {
		return nil, err
	}
	after, err := p.rest(depth+1, projected)
	return func(v any) any { return after(step(v)) }, err
}

func all(any) bool { return true }

// flatten takes the items of lists in a list out of them.
func flatten(v any) any {
	items, ok := v.([]any)
	if !ok {
		return nil
	}
	out := []any{}
	for _, item := range items {
		if inner, ok := item.([]any); ok {
			out = append(out, inner...)
		} else {
			out = append(out, item)
		}
	}
	return out
}

// projection does the rest to each item of a list that is kept; what it finds
// nothing in is left out.
func (p *queryParser) projection(depth int, list query, keep func(any) bool) (query, error) {
	after, err := p.rest(depth+1, true)
	if err != nil {
		return nil, err
	}
	q := func(v any) any {
		items, ok := list(v).([]any)
		if !ok {
			return nil
		}
		out := []any{}
		for _, item := range items {
			if !keep(item) {
				continue
			}
			if found := after(item); found != nil {
				out = append(out, found)
			}
		}
		return out
	}
	if !p.take("[]") {
		return q, nil
	}
	return p.projection(depth+1, func(v any) any { return flatten(q(v)) }, all)
}

func (p *queryParser) index() (query, error) {
	end := strings.IndexByte(p.text[p.at:], ']')
	if end < 0 {
		return nil, p.fail()
	}
	n, err := strconv.Atoi(strings.TrimSpace(p.text[p.at : p.at+end]))
	if err != nil {
		return nil, p.fail()
	}
	p.at += end + 1
	return func(v any) any { return at(v, n) }, nil
}

// condition reads a filter up to its bracket: a path, == or !=, and a value.
func (p *queryParser) condition() (func(any) bool, error) {
	left, err := p.chain(1)
	if err != nil {
		return nil, err
	}
	equal := p.take("==")
	if !equal && !p.take("!=") {
		return nil, p.fail()
	}
	right, err := p.literal()
	if err != nil {
		return nil, err
	}
	if !p.take("]") {
		return nil, p.fail()
	}
	return func(v any) bool { return (fmt.Sprint(left(v)) == fmt.Sprint(right)) == equal }, nil
}

// literal reads 'text' or `JSON`.
func (p *queryParser) literal() (any, error) {
	for _, quote := range []string{"'", "`"} {
		if !p.take(quote) {
			continue
		}
		end := strings.Index(p.text[p.at:], quote)
		if end < 0 {
			return nil, p.fail()
		}
		text := p.text[p.at : p.at+end]
		p.at += end + 1
		var value any
		if quote == "'" || json.Unmarshal([]byte(text), &value) != nil {
			return text, nil // JMESPath takes `chat` for "chat"
		}
		return value, nil
	}
	return nil, p.fail()
}
