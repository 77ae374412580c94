package vtl

import (
	"context"
	"io"
	"sync"
)

// A Template is a compiled mapping template. It never changes and may be
// rendered by many goroutines at once.
type Template struct {
	src      string
	body     []node
	slots    map[string]int // of more than a few names
	names    []string
	limits   Limits
	account  *Account
	stock    bool
	deferred *SyntaxError
	macros   map[string]*macro

	keepsScopes bool // some reference can hand $foreach on

	// Slots of the names that mean something by themselves, -1 if the
	// template never mentions them.
	input, util, context, stage     int
	foreach, loopCount, loopHasNext int
}

// Options of parsing.
type Options struct {
	Limits Limits
	// Account is what the template's renderings share with others; nil: nothing.
	Account *Account
	// Stock parses for Velocity 1.7 as it is, without what API Gateway
	// changes: references without a value print their source text and are
	// false, and macros work.
	Stock bool
}

// Parse compiles a template as API Gateway does, with the default limits. The
// error is a *SyntaxError.
func Parse(text string) (*Template, error) { return ParseWith(text, Options{}) }

// ParseWith is Parse with options.
func ParseWith(text string, o Options) (*Template, error) {
	memory := &room{}
	t := &memory.Template
	t.src, t.stock, t.limits, t.account = text, o.Stock, o.Limits.withDefaults(o.Stock), o.Account
	if len(text) > t.limits.Template {
		return nil, t.placed(&SyntaxError{Message: "the template is too long"})
	}
	s, _ := spaces.Get().(*space)
	if s == nil {
		s = &space{}
	}
	s.furnish(memory, text)
	p := &parser{t: t, space: s}
	p.lex.src, p.lex.tokens, p.lex.stack = text, &s.tokens, s.states
	body, err := p.process()
	s.states = p.lex.stack
	s.reset()
	spaces.Put(s)
	if err == nil {
		err = t.deferred
	}
	if err != nil {
		return nil, t.placed(err)
	}
	t.body = body
	t.foreach, t.loopCount, t.loopHasNext = t.known("foreach"), t.known("velocityCount"), t.known("velocityHasNext")
	t.input, t.util, t.context, t.stage = t.known("input"), t.known("util"), t.known("context"), t.known("stageVariables")
	return t, nil
}

// spaces are used again by one parsing after the other.
var spaces sync.Pool

func (t *Template) placed(e *SyntaxError) *SyntaxError {
	e.Line, e.Column, e.SourceLine = place(t.src, e.offset)
	return e
}

// process reads a whole template.
func (p *parser) process() (list []node, err *SyntaxError) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	p.tok = p.lex.token(tkEOF, 0, "")
	list = p.statements()
	p.take(tkEOF)
	return list, nil
}

// fewNames are looked up one by one.
const fewNames = 16

// slot gives a variable name its place.
func (t *Template) slot(name string) int {
	if i := t.known(name); i >= 0 {
		return i
	}
	t.names = append(t.names, name)
	switch n := len(t.names); {
	case t.slots != nil:
		t.slots[name] = n - 1
	case n > fewNames:
		t.slots = make(map[string]int, 2*n)
		for i, name := range t.names {
			t.slots[name] = i
		}
	}
	return len(t.names) - 1
}

// known finds a name that was given a place, or answers -1.
func (t *Template) known(name string) int {
	if t.slots != nil {
		if i, ok := t.slots[name]; ok {
			return i
		}
		return -1
	}
	for i := range t.names {
		if t.names[i] == name {
			return i
		}
	}
	return -1
}

// Source returns the text that was parsed.
func (t *Template) Source() string { return t.src }

// Place is where a byte of the template stands; both count from one.
func (t *Template) Place(offset int) (line, column int) {
	line, column, _ = place(t.src, offset)
	return line, column
}

// Render writes the rendering. Nothing is written when it fails: the error is
// then a *RenderError or a *PayloadError.
func (t *Template) Render(w io.Writer, vars *Vars) error {
	return t.RenderContext(context.Background(), w, vars)
}

// RenderContext is Render until the context ends.
func (t *Template) RenderContext(ctx context.Context, w io.Writer, vars *Vars) error {
	st := t.begin(ctx, vars)
	defer t.end(st)
	st.renderAll(t.body)
	if err := st.finish(); err != nil {
		return err
	}
	if _, err := w.Write(st.out); err != nil {
		return &RenderError{Message: "cannot write the rendering: " + err.Error(), Err: err}
	}
	return nil
}

// Append is RenderContext into a slice, which is returned longer. After an
// error it is dst.
func (t *Template) Append(ctx context.Context, dst []byte, vars *Vars) ([]byte, error) {
	st := t.begin(ctx, vars)
	defer t.end(st)
	st.renderAll(t.body)
	if err := st.finish(); err != nil {
		return dst, err
	}
	if dst == nil && len(st.out) > maxKeptOutput {
		dst, st.out = st.out, nil // rather than a copy of much
		return dst, nil
	}
	return append(dst, st.out...), nil
}
