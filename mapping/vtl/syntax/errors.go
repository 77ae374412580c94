package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error says where and why a template does not parse.
type Error struct {
	Line, Column int // from 1, columns in characters
	Message      string
	SourceLine   string // the line of the template, without its end

	// Deferred marks faults that Velocity only reports when it begins to
	// render: a broken template inside a quoted string, a directive with
	// impossible arguments. API Gateway answers both kinds alike.
	Deferred bool

	offset int
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Fault is an Error about a place in a text.
func Fault(text string, offset int, message string) *Error {
	return (&Error{offset: offset, Message: message}).placed(text)
}

func (e *Error) placed(text string) *Error {
	e.Line, e.Column, e.SourceLine = Place(text, e.offset)
	return e
}

// At is Place without the line's text, for whoever asks of each reference of a rendering.
func At(text string, offset int) (line, column int) {
	if strings.IndexByte(text, '\r') >= 0 {
		line, column, _ = Place(text, offset)
		return line, column
	}
	before := text[:min(max(offset, 0), len(text))]
	start := 1 + strings.LastIndexByte(before, '\n')
	if start > 0 {
		line = strings.Count(before[:start], "\n")
	}
	return line + 1, utf8.RuneCountInString(before[start:]) + 1
}

// Place finds the line and the column of a byte offset, both from 1 and the
// column in characters, and the line's text. Lines end as in Java: with \n, \r or
// both.
//
// Source: the character stream of Velocity 1.7 counts lines so for its messages.
func Place(text string, offset int) (line, column int, source string) {
	offset = min(max(offset, 0), len(text))
	line = 1
	start := 0
	for i := 0; i < offset; i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 >= len(text) || text[i+1] != '\n') {
			line++
			start = i + 1
		}
	}
	end := len(text)
	if i := strings.IndexAny(text[start:], "\r\n"); i >= 0 {
		end = start + i
	}
	source = text[start:end]
	return line, utf8.RuneCountInString(text[start:max(start, min(offset, end))]) + 1, source
}
