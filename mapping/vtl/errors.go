package vtl

import (
	"fmt"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// A SyntaxError says where and why a template does not parse.
type SyntaxError = syntax.Error

// A RenderError says where and why a rendering failed.
type RenderError struct {
	Line, Column int // from 1, columns in characters; 0 when not known
	Message      string
	SourceLine   string
	Err          error // a limit, the context's error or the writer's; else nil
}

func (e *RenderError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Unwrap returns the cause, if there is one.
func (e *RenderError) Unwrap() error { return e.Err }
