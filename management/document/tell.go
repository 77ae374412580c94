package document

import (
	"errors"
	"math"

	"github.com/dragoman-gateway/dragoman/management/blame"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// ruleError is an error of the rules, which an author sees as any other.
type ruleError struct {
	seen   *tree.Error
	noun   string // path
	member string // of it; "" where the rule is about the whole
}

// Error tells what its author sees.
func (e *ruleError) Error() string { return e.seen.Error() }

// Unwrap gives that.
func (e *ruleError) Unwrap() error { return e.seen }

// unread keeps an error of the form of a document where all are collected, and answers it
// otherwise.
func (l *loader) unread(err error) error {
	if e, ok := errors.AsType[*tree.Error](err); ok {
		l.told.Broken(e.Path)
	}
	return l.met(err)
}

// lose is unread for a noun of which nothing is known, so that others do not find it.
func (l *loader) lose(kind string, err error) error {
	if err != nil {
		l.told.Lost(kind)
	}
	return l.unread(err)
}

// only refuses a mapping that has members; expected says which it may have.
func (l *loader) only(p place, expected string) error {
	for name, value := range p.Members() {
		if err := l.unread(p.child(name, value).wrong("unknown member%s", expected)); err != nil {
			return err
		}
	}
	return nil
}

// decode reads a place into a noun. Where errors are collected each member that cannot be
// read is told, and the noun has the others.
func (l *loader) decode(p place, noun any) error {
	err := p.decode(noun)
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tree.Error](err); ok {
		// A key that is there twice: not what the values are, but how many. Nothing was read.
		l.told.Broken(p.way.String())
		l.told.Broken(p.way.Below("protocolType").String()) // of an API, by which what is below it would be judged
		return l.unread(err)
	}
	most := 1
	if l.all {
		most = math.MaxInt
	}
	for _, e := range blame.Unread(p.Node, noun, most) {
		if err := l.unread(p.below(e)); err != nil {
			return err
		}
	}
	return nil
}

// judged keeps an error of the rules, unless it may only follow from what is told already.
func (l *loader) judged(err error) error {
	e, ok := errors.AsType[*ruleError](err)
	if !ok {
		return l.unread(err)
	}
	if !l.all {
		return e.seen
	}
	if l.told.Follows(e.noun, e.member, e.seen.Message) {
		return nil
	}
	if blame.Decisive(e.member) {
		l.told.Broken(e.seen.Path)
	}
	return l.met(e.seen)
}
