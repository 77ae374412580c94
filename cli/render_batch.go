package cli

import (
	"bufio"
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// maxBatchLine bounds one line of a batch, in bytes.
const maxBatchLine = 64 << 20

// answer is one line of a batch's output.
type answer struct {
	Name             any            `json:"name,omitempty"`
	Output           *string        `json:"output,omitempty"`
	Error            string         `json:"error,omitempty"`
	Message          string         `json:"message,omitempty"`
	RequestOverride  map[string]any `json:"requestOverride,omitempty"`
	ResponseOverride map[string]any `json:"responseOverride,omitempty"`
}

// renderBatch answers every JSON line of in with one of out. Output is flushed
// when no further line is waiting, so that a pipe can drive it line by line.
func renderBatch(ctx context.Context, in io.Reader, out io.Writer, limits vtl.Limits) error {
	r := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriterSize(out, 64<<10)
	for {
		line, err := readLine(r)
		if len(bytes.TrimSpace(line)) > 0 {
			if e := writeAnswer(w, answerLine(ctx, string(line), limits)); e != nil {
				return e
			}
		}
		if r.Buffered() == 0 || err != nil {
			if e := w.Flush(); e != nil {
				return e
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxBatchLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxBatchLine)
		}
	}
}

func writeAnswer(w io.Writer, a answer) error {
	enc := stdjson.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err := enc.Encode(a)
	var unsupported *stdjson.UnsupportedValueError
	if errors.As(err, &unsupported) {
		a.RequestOverride, a.ResponseOverride = nil, nil
		a.Message = "an override is no JSON number: " + unsupported.Str
		return enc.Encode(a)
	}
	return err
}

func answerLine(ctx context.Context, line string, limits vtl.Limits) answer {
	doc, err := json.ParseStrict(line)
	if err != nil {
		return answer{Error: "input", Message: err.Error()}
	}
	defer doc.Release()
	in := doc.Root()
	a := answer{}
	if name, ok := in.Get("name"); ok {
		a.Name = nameOf(name)
	}
	template, ok := in.Get("template")
	if !ok || template.Kind() != json.String {
		a.Error, a.Message = "input", "there is no template"
		return a
	}
	profile, _ := in.Get("profile")
	stock := profile.Text() == "velocity"
	t, err := vtl.ParseWith(template.Text(), vtl.Options{Limits: limits, Stock: stock})
	if err != nil {
		a.Error, a.Message = errorKind(err), err.Error()
		return a
	}
	vars := batchVars(in)
	out, err := t.Append(ctx, nil, vars)
	if err != nil {
		a.Error, a.Message = errorKind(err), err.Error()
		return a
	}
	text := string(out)
	a.Output = &text
	a.RequestOverride, a.ResponseOverride = vars.RequestOverride(), vars.ResponseOverride()
	return a
}

func nameOf(n json.Node) any {
	if n.Kind() == json.String {
		return n.Text()
	}
	return stdjson.RawMessage(n.JSON())
}

// errorKind sorts errors as API Gateway meets them: a fault within a quoted
// string only shows when rendering begins.
func errorKind(err error) string {
	var syntax *vtl.SyntaxError
	var payload *vtl.PayloadError
	switch {
	case errors.As(err, &syntax) && !syntax.Deferred:
		return "parse"
	case errors.As(err, &payload):
		return "payload"
	}
	return "render"
}

func batchVars(in json.Node) *vtl.Vars {
	v := &vtl.Vars{}
	if body, ok := in.Get("body"); ok {
		v.Text = body.Text()
	}
	params, _ := in.Get("params")
	v.Params = func() vtl.Params {
		return vtl.Params{Path: paramsOf(params, "path"), Query: paramsOf(params, "querystring"), Header: paramsOf(params, "header")}
	}
	if c, ok := in.Get("context"); ok && c.Kind() == json.Object {
		v.Context = nodeObject{c}
	}
	if s, ok := in.Get("stageVariables"); ok && s.Kind() == json.Object {
		v.Stage = nodeObject{s}
	}
	if top, ok := in.Get("vars"); ok {
		v.Top = map[string]any{}
		for it := top.Iter(); it.Next(); {
			v.Top[it.Key()] = it.Node()
		}
	}
	return v
}

func paramsOf(params json.Node, group string) []vtl.Param {
	g, _ := params.Get(group)
	var out []vtl.Param
	for it := g.Iter(); it.Next(); {
		out = append(out, vtl.Param{Name: it.Key(), Value: it.Node().String()})
	}
	return out
}

// nodeObject shows a JSON object as $context or a group of it.
type nodeObject struct{ n json.Node }

func (o nodeObject) Get(name string) (any, bool) {
	n, ok := o.n.Get(name)
	switch n.Kind() {
	case json.Object:
		return nodeObject{n}, ok
	case json.Null, json.Missing:
		return nil, ok
	}
	return n, ok
}

func (o nodeObject) Names() []string {
	var names []string
	for it := o.n.Iter(); it.Next(); {
		names = append(names, it.Key())
	}
	return names
}
