package vtl

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// A Template is a compiled mapping template. It never changes and may be
// rendered by many goroutines at once.
type Template struct {
	tree    syntax.Tree
	limits  *Limits // which others may share
	account *Account
	stock   bool

	keepsScopes bool // some reference can hand $foreach on

	// Slots of the names that mean something by themselves, -1 if the
	// template never mentions them.
	input, util, context, stage     int32
	foreach, loopCount, loopHasNext int32

	ruler atomic.Pointer[ruler] // once somebody has asked where a reference stands
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
	t := &Template{stock: o.Stock, limits: o.Limits.withDefaults(o.Stock), account: o.Account}
	t.tree.Text = text
	t.input, t.util, t.context, t.stage, t.foreach, t.loopCount, t.loopHasNext = -1, -1, -1, -1, -1, -1, -1
	if len(text) > t.limits.Template {
		return nil, syntax.Fault(text, 0, "the template is too long")
	}
	if err := t.tree.Parse(syntax.Options{Nesting: t.limits.Nesting, Stock: o.Stock, Binder: (*binder)(t)}); err != nil {
		return nil, err
	}
	return t, nil
}

// Source returns the text that was parsed.
func (t *Template) Source() string { return t.tree.Text }

// Place is where a byte of the template stands; both count from one.
func (t *Template) Place(offset int) (line, column int) {
	line, column, _ = syntax.Place(t.tree.Text, offset)
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
	st.renderAll(t.tree.Body)
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
	st.renderAll(t.tree.Body)
	if err := st.finish(); err != nil {
		return dst, err
	}
	if dst == nil && len(st.out) > maxKeptOutput {
		dst, st.out = st.out, nil // rather than a copy of much
		return dst, nil
	}
	return append(dst, st.out...), nil
}
