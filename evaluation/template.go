package evaluation

import (
	"context"
	stdjson "encoding/json"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// Options of evaluations.
type Options struct {
	Limits  vtl.Limits
	Account *vtl.Account // what renderings share with others; nil: nothing
	Explain bool         // places, references and tokens too
}

// Line answers a template that is asked for in one line of JSON: name, template,
// profile, body, params, context, stageVariables, vars.
func Line(ctx context.Context, line string, o Options) Answer {
	doc, err := json.ParseStrict(line)
	if err != nil {
		return failed(BadInput, err)
	}
	defer doc.Release()
	a := template(ctx, doc.Root(), o)
	if name, ok := doc.Root().Get("name"); ok {
		a.Name = nameOf(name)
	}
	return a
}

func nameOf(n json.Node) any {
	if n.Kind() == json.String {
		return n.Text()
	}
	return stdjson.RawMessage(n.JSON())
}

// template renders the template of a question.
func template(ctx context.Context, asked json.Node, o Options) Answer {
	text, ok := asked.Get("template")
	if !ok || text.Kind() != json.String {
		return bad("there is no template")
	}
	profile, _ := asked.Get("profile")
	var seen Explanation
	a, err := render(ctx, text.Text(), profile.Text() == "velocity", SampleOf(asked).Vars(), o, &seen)
	if o.Explain {
		a.Explained = seen.explained()
		a.Fault, a.Tokens = FaultOf(err), Tokens(text.Text())
	}
	return a
}

// render renders a template, and tells of its references where that is asked for.
func render(ctx context.Context, text string, stock bool, vars *vtl.Vars, o Options, seen *Explanation) (Answer, error) {
	t, err := vtl.ParseWith(text, vtl.Options{Limits: o.Limits, Account: o.Account, Stock: stock})
	if err != nil {
		return failed(KindOf(err), err), err
	}
	if o.Explain {
		seen.Listen(vars)
	}
	out, err := t.Append(ctx, nil, vars)
	if err != nil {
		return failed(KindOf(err), err), err
	}
	a := output(string(out))
	a.RequestOverride, a.ResponseOverride = vars.RequestOverride(), vars.ResponseOverride()
	return a, nil
}

// Token is a piece of a template for an editor: where it begins and ends, in units of
// UTF-16 as browsers count, and its class.
type Token struct {
	Start, End int
	Class      string
}

// MarshalJSON writes [start,end,"class"]: an editor asks at each key.
func (t Token) MarshalJSON() ([]byte, error) { return stdjson.Marshal([]any{t.Start, t.End, t.Class}) }

// Of longer templates, and of more pieces, an editor is told no more.
const (
	maxHighlighted = 300 << 10
	maxTokens      = 20_000
)

// Tokens are the pieces of a template that mean something, up to its first fault.
func Tokens(text string) []Token {
	if len(text) > maxHighlighted {
		return nil
	}
	spans, _ := syntax.Highlight(text, syntax.Options{})
	spans = spans[:min(len(spans), maxTokens)]
	tokens := make([]Token, len(spans))
	at, units := 0, 0
	count := func(to int32) int {
		for _, r := range text[at:to] {
			units++
			if r >= 0x10000 && r != utf8.RuneError {
				units++
			}
		}
		at = int(to)
		return units
	}
	for i, s := range spans {
		tokens[i] = Token{count(s.Start), count(s.End), s.Class.String()}
	}
	return tokens
}
