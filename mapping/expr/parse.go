package expr

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
)

// MaxLength is the longest expression, in bytes.
const MaxLength = 4096

// SyntaxError says why an expression cannot be parsed.
type SyntaxError struct {
	Source string
	Pos    int // byte offset
	Text   string
}

func (e *SyntaxError) Error() string {
	return "invalid expression " + strconv.Quote(e.Source) + ": " + e.Text
}

// Parse reads an expression. Errors are *SyntaxError.
//
// The whole expression $default is taken as static text, because route
// responses are selected by it.
//
// Documented: API Gateway Developer Guide, WebSocket selection expressions:
// braces mark where a variable ends, and a backslash makes a dollar sign text.
func Parse(src string) (*Expression, error) {
	e := &Expression{source: src}
	if len(src) > MaxLength {
		return nil, &SyntaxError{Source: src[:32], Text: "it is too long"}
	}
	if src == "$default" {
		e.parts = []part{{text: src}}
		return e, nil
	}
	p := parser{src: src}
	for p.i < len(src) {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	p.flush()
	e.parts, e.colon = p.parts, p.colon
	return e, nil
}

// ParseURI reads an address in which only ${stageVariables.N} is replaced.
// Everything else in it is text.
// Documented: API Gateway Developer Guide, Use stage variables for HTTP APIs.
func ParseURI(src string) *Expression {
	const open = "${stageVariables."
	e := &Expression{source: src}
	for rest := src; rest != ""; {
		before, after, found := strings.Cut(rest, open)
		name, tail, closed := strings.Cut(after, "}")
		if !found || !closed {
			e.parts = append(e.parts, part{text: rest})
			break
		}
		if before != "" {
			e.parts = append(e.parts, part{text: before})
		}
		e.parts = append(e.parts, part{kind: StageVariable, name: name})
		rest = tail
	}
	return e
}

// ParseVariable reads one variable without its dollar sign, as V1 parameter
// mapping writes it: context.connectionId.
func ParseVariable(name string) (*Expression, error) {
	v, err := variable(name)
	if err != "" {
		return nil, &SyntaxError{Source: name, Text: err}
	}
	return &Expression{source: name, parts: []part{v}}, nil
}

type parser struct {
	src   string
	i     int
	text  []byte
	parts []part
	colon bool // one follows a bare variable
}

func (p *parser) fail(at int, text string) error {
	return &SyntaxError{Source: p.src, Pos: at, Text: text}
}

func (p *parser) flush() {
	if len(p.text) > 0 {
		p.parts = append(p.parts, part{text: string(p.text)})
		p.text = nil
	}
}

// next reads one character of text, one escape or one variable.
func (p *parser) next() error {
	c := p.src[p.i]
	if c == '\\' && p.i+1 < len(p.src) && p.src[p.i+1] == '$' {
		p.text = append(p.text, '$')
		p.i += 2
		return nil
	}
	if c != '$' {
		p.text = append(p.text, c)
		p.i++
		return nil
	}
	start := p.i
	name, err := p.name()
	if err != nil {
		return err
	}
	v, why := variable(name)
	if why != "" {
		return p.fail(start, why)
	}
	p.flush()
	p.parts = append(p.parts, v)
	return nil
}

// name reads what follows a dollar sign, with or without braces.
func (p *parser) name() (string, error) {
	start := p.i
	p.i++
	if p.i < len(p.src) && p.src[p.i] == '{' {
		end := span(p.src, p.i+1, func(c byte) bool { return c != '}' })
		if end >= len(p.src) {
			return "", p.fail(start, "${ is not closed")
		}
		name := p.src[p.i+1 : end]
		p.i = end + 1
		return name, nil
	}
	end := span(p.src, p.i, bare)
	name := strings.TrimRight(p.src[p.i:end], ".")
	p.i += len(name)
	p.colon = p.colon || strings.HasPrefix(p.src[p.i:], ":")
	return name, nil
}

// bare tells whether a byte may stand in a variable without braces.
func bare(c byte) bool {
	return c == '.' || c == '_' || c == '-' || c == '*' || c >= 0x80 ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// span is the end of the bytes from i that ok allows; brackets are passed over
// with what is in them, quotes inside brackets too.
func span(s string, i int, ok func(byte) bool) int {
	depth := 0
	var quote byte
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case depth > 0 && (c == '\'' || c == '"'):
			quote = c
		case c == '[':
			depth++
		case c == ']' && depth > 0:
			depth--
		case depth == 0 && !ok(c):
			return i
		}
	}
	return i
}

// variables are the forms with a name after them, and those without.
var variables = [...]struct {
	prefix string
	kind   Kind
	named  bool
}{
	{"request.header.", RequestHeader, true},
	{"request.multivalueheader.", RequestMultiHeader, true},
	{"request.querystring.", RequestQuery, true},
	{"request.multivaluequerystring.", RequestMultiQuery, true},
	{"request.path.", RequestParam, true},
	{"request.path", RequestPath, false},
	{"request.method", RequestMethod, false},
	{"request.basepath", RequestBasePath, false},
	{"response.header.", ResponseHeader, true},
	{"response.multivalueheader.", ResponseMultiHeader, true},
	{"response.statuscode", ResponseStatus, false},
	{"context.", Context, true},
	{"stageVariables.", StageVariable, true},
}

// String is the variable as it may be written, in braces.
func (r Ref) String() string {
	switch dot := "."; r.Kind {
	case RequestBody, ResponseBody:
		if r.Name == "" || r.Name[0] == '[' {
			dot = ""
		}
		if r.Kind == RequestBody {
			return "${request.body" + dot + r.Name + "}"
		}
		return "${integration.response.body" + dot + r.Name + "}"
	}
	for _, form := range variables {
		if form.kind == r.Kind {
			side := ""
			if strings.HasPrefix(form.prefix, "response.") {
				side = "integration."
			}
			return "${" + side + form.prefix + r.Name + "}"
		}
	}
	return ""
}

// variable reads the name of a variable; why says what is wrong with it.
func variable(name string) (v part, why string) {
	short := strings.TrimPrefix(name, "integration.")
	if short != name && !strings.HasPrefix(short, "response.") {
		short = name
	}
	if path, ok := strings.CutPrefix(short, "request.body"); ok && bodyPath(path) {
		return body(RequestBody, path)
	}
	if path, ok := strings.CutPrefix(short, "response.body"); ok && bodyPath(path) {
		return body(ResponseBody, path)
	}
	for _, form := range variables {
		rest, ok := strings.CutPrefix(short, form.prefix)
		switch {
		case !ok || !form.named && rest != "":
		case form.named && !plainName(rest):
			return part{}, "$" + name + " has no valid name after " + form.prefix
		default:
			return part{kind: form.kind, name: rest}, ""
		}
	}
	return part{}, "$" + name + " is no variable"
}

// plainName tells whether a header, query or context name is well formed.
func plainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !bare(c) && c != '$' && c != '~' && c != '+' {
			return false
		}
	}
	return s != ""
}

func bodyPath(path string) bool { return path == "" || path[0] == '.' || path[0] == '[' }

func body(kind Kind, path string) (v part, why string) {
	v = part{kind: kind, name: strings.TrimPrefix(path, ".")}
	if path == "" {
		return v, ""
	}
	p, err := jsonpath.Compile("$" + path)
	if err != nil {
		return part{}, err.Error()
	}
	if v.names = p.Names(); v.names == nil {
		v.path = p
	}
	return v, ""
}
