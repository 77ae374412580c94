package family

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
)

// PartError is an error of the rules that was met in a part of what is loaded.
type PartError struct {
	Path   []string // to the part, as a document has it: routes, hello, responses, back
	Member []string // of the part, and within it; none where the rule is about the whole
	Err    error    // a *fault.Error
}

// Error tells the part too.
func (e *PartError) Error() string { return strings.Join(e.Path, ".") + ": " + e.Err.Error() }

// Unwrap gives the error of the rules.
func (e *PartError) Unwrap() error { return e.Err }

// Part tells in which part of a configuration an error is.
func Part(err error, path []string) error {
	switch fault.KindOf(err) {
	case fault.BadRequest, fault.NotFound, fault.Conflict:
		return &PartError{Path: path, Err: BadRequest("%s", fault.Message(err))}
	}
	return err
}
