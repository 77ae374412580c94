package document

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/blame"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// repeats bounds what aliases may repeat of a document, so that they cannot make it
// endless: in values, as many as the text could have by itself, and some for each
// noun. What stands in the text is not counted.
func repeats(text []byte) int { return len(text)/2 + freeValues }

const (
	freeValues = 20_000
	ofNoun     = 50
)

// place is a value of a document with the way to it.
type place struct {
	tree.Node
	way     *tree.Path
	repeats *int // what aliases may still repeat; nil where nothing stands
}

// wrong is an error that names line and path, by which an author finds it in any editor.
func (p place) wrong(format string, args ...any) error {
	return &tree.Error{Line: p.Line(), Column: p.Column(), Path: p.way.String(), Message: fmt.Sprintf(format, args...)}
}

// below puts the way to a place before the path of an error that was met below it.
func (p place) below(err error) error {
	e, ok := errors.AsType[*tree.Error](err)
	if !ok {
		return err
	}
	path := p.way.String()
	if path != "" && e.Path != "" {
		path += "."
	}
	return &tree.Error{Line: e.Line, Column: e.Column, Path: path + e.Path, Message: e.Message}
}

// located gives an error of the rules the place where it was met.
// Internal faults are told with all they say: who writes a document is its operator.
func (p place) located(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tree.Error](err); ok {
		return err
	}
	// The rules tell which part of a noun is wrong, by names; only here is known where that stands.
	var member []string
	if e, ok := errors.AsType[*family.PartError](err); ok {
		p, member = p.part(e.Path), e.Member
	}
	text := fault.Message(err)
	if fault.KindOf(err) == fault.Internal {
		text = err.Error()
	}
	e := &ruleError{noun: p.way.String()}
	if len(member) > 0 {
		e.member = member[0]
		p = p.part(member)
	}
	e.seen = &tree.Error{Line: p.Line(), Column: p.Column(), Path: p.way.String(), Message: text}
	return e
}

// part is the place that a path of members and items leads to from here, as far as the
// document goes: rules also look at what it leaves out.
func (p place) part(path []string) place {
	for _, name := range path {
		n := p.Get(name)
		if i, err := strconv.Atoi(name); err == nil && i < len(p.Items()) {
			n = p.Items()[i]
		}
		if !n.There() {
			break
		}
		p = p.child(name, n)
	}
	return p
}

func (p place) child(name string, n tree.Node) place { return place{n, p.way.Below(name), p.repeats} }

// entries ranges over a mapping in order; every key must be there once. Nothing is
// an empty mapping.
//
// YAML 1.2 section 3.2.1.1 wants unique keys, and many readers take the last of
// two: one of them was meant to count and would be lost.
func (p place) entries() (iter.Seq2[string, place], error) {
	if !p.Null() && !p.IsObject() {
		return nil, p.wrong("expected a mapping")
	}
	if err := p.Unique(); err != nil {
		return nil, p.below(err)
	}
	return func(yield func(string, place) bool) {
		for name, value := range p.Members() {
			if !yield(name, p.child(name, value)) {
				return
			}
		}
	}, nil
}

// split takes the named members out of a mapping; absent ones are null places.
func (p place) split(names ...string) (rest place, parts map[string]place, err error) {
	all, err := p.entries()
	if err != nil {
		return place{}, nil, err
	}
	parts = map[string]place{}
	for name, value := range all {
		if slices.Contains(names, name) {
			parts[name] = value
		}
	}
	return place{p.Without(names...), p.way, p.repeats}, parts, nil
}

// or is another place where there is nothing at this one.
func (p place) or(other place) place {
	if p.There() {
		return p
	}
	return other
}

// decode reads a place into a noun by its JSON names; other members are refused. With an
// error, one of encoding/json or a *tree.Error, the noun has what could be read.
func (p place) decode(noun any) error {
	if p.Repeated() {
		// A noun costs more than its text: one that an alias repeats is counted as such.
		*p.repeats -= ofNoun
	}
	text, err := p.JSON(tree.Limits{Bytes: math.MaxInt, Unique: true, Repeats: p.repeats})
	if err != nil {
		return p.below(err)
	}
	// "prod:" with nothing behind it is a noun with all defaults.
	if p.Null() {
		text = []byte("{}")
	}
	if err := blame.Decode(text, noun); err != nil {
		return err
	}
	return nil
}
