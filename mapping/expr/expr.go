package expr

import (
	"errors"

	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
)

// ErrNotJSON tells that a path was to be read from a body that is not JSON.
var ErrNotJSON = errors.New("the body is not JSON")

// Kind says where a variable's value comes from.
type Kind uint8

// The kinds of variable.
const (
	RequestBody Kind = iota + 1
	RequestHeader
	RequestMultiHeader
	RequestQuery
	RequestMethod
	RequestPath  // without a name: the whole path
	RequestParam // a variable of the route's path
	RequestBasePath
	ResponseBody
	ResponseStatus
	ResponseHeader
	ResponseMultiHeader
	Context
	StageVariable
	RequestMultiQuery
)

// Variables are the values of one message, request or response.
type Variables interface {
	// Variable is the text of a variable that is no body, "" if there is none.
	// name is what stands after the kind: a header, a dotted context name.
	Variable(kind Kind, name string) string
	// Body is the payload of kind RequestBody or ResponseBody. It is only read,
	// and not kept after the call that asked for it.
	Body(kind Kind) []byte
}

// Expression is a parsed expression.
type Expression struct {
	source string
	parts  []part
	place  Place
	colon  bool // see Colon
}

// part is static text or a variable.
type part struct {
	text  string
	kind  Kind
	name  string         // after the kind; of a body its path
	names []string       // of a body path that is a chain of names
	path  *jsonpath.Path // of any other body path
}

// String is the expression as it was written.
func (e *Expression) String() string { return e.source }

// Static is the text of an expression without variables; ok is false when it
// has any.
func (e *Expression) Static() (text string, ok bool) {
	for _, p := range e.parts {
		if p.kind != 0 {
			return "", false
		}
		text += p.text
	}
	return text, true
}

// Ref is one variable of an expression.
type Ref struct {
	Kind Kind
	Name string // what stands after the kind; of a body its path
}

// Refs are the variables of an expression in order.
func (e *Expression) Refs() []Ref {
	var out []Ref
	for _, p := range e.parts {
		if p.kind != 0 {
			out = append(out, Ref{p.kind, p.name})
		}
	}
	return out
}

// Write is the text of the expression with the variables as write has them.
func (e *Expression) Write(write func(Ref) string) string {
	var out string
	for _, p := range e.parts {
		if p.kind != 0 {
			out += write(Ref{p.kind, p.name})
		}
		out += p.text
	}
	return out
}

// Colon reports whether a colon follows a variable that is not in braces, as in
// $context.authorizer.claims.custom:key: the colon and all behind it are text,
// although the author meant them as part of the name.
func (e *Expression) Colon() bool { return e.colon }

// Eval is the text of the expression. The error is ErrNotJSON, or that of a
// JSONPath that could not be evaluated.
func (e *Expression) Eval(v Variables) (string, error) {
	if s, ok := e.single(); ok && s.kind > 0 && !s.isBody() {
		return v.Variable(s.kind, s.name), nil
	}
	var buf [128]byte
	b, err := e.Append(buf[:0], v)
	return string(b), err
}

func (e *Expression) single() (*part, bool) {
	if len(e.parts) != 1 {
		return nil, false
	}
	return &e.parts[0], true
}

// An expression may read as many bytes of bodies, and each body so often anyway.
const (
	mostRead   = 4 << 20
	readAnyway = 8
)

func (p *part) isBody() bool { return p.kind == RequestBody || p.kind == ResponseBody }

// Append appends the text of the expression to dst; with enough room there it
// does not allocate. Errors are those of Eval, and dst is then of no use.
func (e *Expression) Append(dst []byte, v Variables) ([]byte, error) {
	read := 0
	for i := range e.parts {
		p := &e.parts[i]
		switch {
		case p.kind == 0:
			dst = append(dst, p.text...)
		case p.isBody():
			body, err := v.Body(p.kind), error(nil)
			if read += len(body); read > max(mostRead, readAnyway*len(body)) {
				return dst, jsonpath.ErrTooMuch
			}
			if dst, err = p.appendBody(dst, body, prints[e.place]); err != nil {
				return dst, err
			}
		default:
			dst = append(dst, v.Variable(p.kind, p.name)...)
		}
	}
	return dst, nil
}
