package vtl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A SyntaxError says where and why a template does not parse.
type SyntaxError struct {
	Line, Column int // from 1, columns in characters
	Message      string
	SourceLine   string // the line of the template, without its end

	// Deferred marks faults that Velocity only reports when it begins to
	// render: a broken template inside a quoted string, a directive with
	// impossible arguments. API Gateway answers both kinds alike.
	Deferred bool

	offset int
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

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

// A PayloadError says that the payload is not what json-smart accepts. Its text
// is the one that API Gateway answers with.
type PayloadError struct {
	Class   string // the exception of the parser
	Message string
}

func (e *PayloadError) Error() string {
	return "Could not process payload" + e.Class + ": " + e.Message
}

// place finds the line and column of a byte offset, and the line's text.
func place(src string, offset int) (line, column int, text string) {
	offset = min(max(offset, 0), len(src))
	line = 1
	start := 0
	for i := 0; i < offset; i++ {
		if src[i] == '\n' || src[i] == '\r' && (i+1 >= len(src) || src[i+1] != '\n') {
			line++
			start = i + 1
		}
	}
	end := len(src)
	if i := strings.IndexAny(src[start:], "\r\n"); i >= 0 {
		end = start + i
	}
	text = src[start:end]
	return line, utf8.RuneCountInString(src[start:max(start, min(offset, end))]) + 1, text
}
