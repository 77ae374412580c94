package evaluation

import (
	"context"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// A Language answers a question that is asked as one JSON object.
type Language struct {
	Name  string // in addresses
	Title string // in names of operations
	eval  func(ctx context.Context, asked json.Node, o Options) Answer
}

// Languages are all of them.
func Languages() []Language {
	return []Language{
		{"template", "Template", template},
		{"jsonpath", "JSONPath", path},
		{"selection", "Selection", selection},
		{"parameters", "Parameters", parameters},
		{"pattern", "Pattern", matching},
		{"schema", "Schema", validation},
	}
}

// Evaluate answers a question. The answer does not keep it.
func (l Language) Evaluate(ctx context.Context, question []byte, o Options) Answer {
	doc, err := json.ParseStrict(string(question))
	if err != nil {
		return failed(BadInput, err)
	}
	defer doc.Release()
	if doc.Root().Kind() != json.Object {
		return bad("want a JSON object")
	}
	return l.eval(ctx, doc.Root(), o)
}

// textOf reads a text that must be there.
func textOf(asked json.Node, member string) (text string, missing *Answer) {
	n, ok := asked.Get(member)
	if !ok || n.Kind() != json.String {
		a := bad("there is no %s", member)
		return "", &a
	}
	return n.Text(), nil
}
