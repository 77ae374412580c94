package evaluation

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
	"github.com/dragoman-gateway/dragoman/mapping/schema"
)

// matching holds texts, one a line, against a pattern, which may stand between slashes
// as in the key of an integration response. All texts share one budget, as all keys
// of one choice do.
func matching(_ context.Context, asked json.Node, _ Options) Answer {
	source, missing := textOf(asked, "pattern")
	if missing != nil {
		return *missing
	}
	texts, missing := textOf(asked, "texts")
	if missing != nil {
		return *missing
	}
	if len(source) > 2 && source[0] == '/' && source[len(source)-1] == '/' {
		source = source[1 : len(source)-1]
	}
	p, err := pattern.Compile(source)
	if err != nil {
		return failed(BadParse, err)
	}
	steps := pattern.DefaultSteps + 8*len(texts)
	var out strings.Builder
	for line := range strings.Lines(texts) {
		text := strings.TrimRight(line, "\r\n")
		ok, err := p.MatchWithin(text, &steps)
		if err != nil {
			return failed(BadRender, err)
		}
		said := "no match"
		if ok {
			said = "match"
		}
		out.WriteString(text + ": " + said + "\n")
	}
	return output(out.String())
}

// validation holds a payload against a model. Models refer to others of their API, of
// which there are none here.
func validation(_ context.Context, asked json.Node, _ Options) Answer {
	source, missing := textOf(asked, "schema")
	if missing != nil {
		return *missing
	}
	s, err := schema.Compile(source, func(string) (string, bool) { return "", false })
	if err != nil {
		return failed(BadParse, err)
	}
	if err := s.Validate(variables{asked}.Body(expr.RequestBody)); err != nil {
		return failed(BadPayload, err)
	}
	return output("valid")
}
