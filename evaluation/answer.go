package evaluation

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// What an evaluation can fail with.
const (
	BadInput   = "input"   // the question is none
	BadParse   = "parse"   // the text is not of its language
	BadRender  = "render"  // it failed while it was evaluated
	BadPayload = "payload" // the payload is not what the language reads
)

// Answer is what became of one evaluation: Output or Error with Message. The rest is
// told to whoever asks for an explanation.
type Answer struct {
	Name             any            `json:"name,omitempty"`
	Output           *string        `json:"output,omitempty"`
	Error            string         `json:"error,omitempty"`
	Message          string         `json:"message,omitempty"`
	RequestOverride  map[string]any `json:"requestOverride,omitempty"`
	ResponseOverride map[string]any `json:"responseOverride,omitempty"`

	*Explained
}

// Explained is what is told beside an output or an error.
type Explained struct {
	Fault      *Fault      `json:"fault,omitempty"`
	References []Reference `json:"references"`
	More       int         `json:"more,omitempty"` // references that are not listed
	Tokens     []Token     `json:"tokens,omitempty"`
}

// Encode writes the answer as one line of JSON.
func (a Answer) Encode(w io.Writer) error {
	enc := stdjson.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err := enc.Encode(a)
	// RFC 8259 section 6: infinity and NaN are no numbers of JSON, but an override can be
	// either.
	if unsupported, ok := errors.AsType[*stdjson.UnsupportedValueError](err); ok {
		a.RequestOverride, a.ResponseOverride = nil, nil
		a.Message = "an override is no JSON number: " + unsupported.Str
		return enc.Encode(a)
	}
	return err
}

// output makes an answer of a text.
func output(text string) Answer { return Answer{Output: &text} }

// failed makes an answer of an error.
func failed(kind string, err error) Answer { return Answer{Error: kind, Message: err.Error()} }

func bad(format string, args ...any) Answer {
	return Answer{Error: BadInput, Message: fmt.Sprintf(format, args...)}
}

// Fault is an error with its place in a text.
type Fault struct {
	Line       int    `json:"line,omitempty"` // from 1; 0 when there is no place
	Column     int    `json:"column,omitempty"`
	Message    string `json:"message"`
	SourceLine string `json:"sourceLine,omitempty"`
}

// String is line:col: message, as a command that prints a fault behind the name of its
// file has it.
func (f *Fault) String() string {
	if f.Line == 0 {
		return f.Message
	}
	return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Message)
}

// FaultOf is an error of a template with its place, nil for none.
func FaultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	if syntax, ok := errors.AsType[*vtl.SyntaxError](err); ok {
		return &Fault{Line: syntax.Line, Column: syntax.Column, Message: syntax.Message, SourceLine: syntax.SourceLine}
	}
	if render, ok := errors.AsType[*vtl.RenderError](err); ok && render.Line > 0 {
		return &Fault{Line: render.Line, Column: render.Column, Message: render.Message, SourceLine: render.SourceLine}
	}
	return &Fault{Message: err.Error()}
}

// KindOf sorts errors of templates as API Gateway meets them: a fault within a quoted
// string only shows when rendering begins.
func KindOf(err error) string {
	if syntax, ok := errors.AsType[*vtl.SyntaxError](err); ok && !syntax.Deferred {
		return BadParse
	}
	if _, ok := errors.AsType[*vtl.PayloadError](err); ok {
		return BadPayload
	}
	return BadRender
}
