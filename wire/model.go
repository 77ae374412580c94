package wire

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

//go:embed model.json
var modelText []byte

//go:embed members.txt
var memberText string

//go:embed operations.txt
var operationText string

// The written form of model.json: shapes name each other, structures list members.
// It says what AWS's service models say, apigatewayv2/2018-11-29 and, of keys and
// usage plans, apigateway/2015-07-09; TestTheSDKAgrees holds it to the SDK.
type (
	modelFile struct {
		Shapes     map[string]shapeRow `json:"shapes"`
		Operations []operationRow      `json:"operations"`
	}
	shapeRow struct {
		Type    Type        `json:"type"`
		Enum    []string    `json:"enum"`
		Min     *int64      `json:"min"`
		Max     *int64      `json:"max"`
		Pattern string      `json:"pattern"`
		Epoch   bool        `json:"epoch"`
		Of      string      `json:"of"`
		Members []memberRow `json:"members"`
	}
	memberRow struct {
		Name     string `json:"name"`
		Wire     string `json:"wire"`
		In       Place  `json:"in"`
		Shape    string `json:"shape"`
		Required bool   `json:"required"`
		Greedy   bool   `json:"greedy"`
		Clear    bool   `json:"clear"`
		Merge    Merge  `json:"merge"`
		Empty    Empty  `json:"empty"`
		Payload  bool   `json:"payload"`
	}
	operationRow struct {
		Name    string      `json:"name"`
		Method  string      `json:"method"`
		Path    string      `json:"path"`
		Status  int         `json:"status"`
		V1      bool        `json:"v1"`
		Imports bool        `json:"imports"`
		Items   string      `json:"items"`
		Errors  []string    `json:"errors"`
		Answers string      `json:"answers"`
		Input   []memberRow `json:"input"`
		Output  []memberRow `json:"output"`
	}
)

// table is the parsed model; it is read once, when it is first needed, since many
// commands never need it.
type table struct {
	operations []*Operation
	byName     map[string]*Operation
	shapes     map[string]*Shape
	docs       map[string]string
}

var model = sync.OnceValue(func() *table {
	t, err := parseModel(modelText)
	if err != nil {
		panic("wire: the model is broken: " + err.Error())
	}
	return t
})

// Operations lists every operation of the table. It is not to be changed.
func Operations() []*Operation { return model().operations }

// Lookup finds an operation by the name that SDKs give it; nil if there is none.
func Lookup(name string) *Operation { return model().byName[name] }

// Shapes are made before they are filled, for they may name each other in a
// circle.
func parseModel(text []byte) (*table, error) {
	var file modelFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	t := &table{byName: map[string]*Operation{}, shapes: map[string]*Shape{}, docs: parseDocs(memberText)}
	for name := range file.Shapes {
		t.shapes[name] = &Shape{Name: name}
	}
	for name, row := range file.Shapes {
		if err := t.fill(t.shapes[name], row); err != nil {
			return nil, err
		}
	}
	docs := parseDocs(operationText)
	for _, row := range file.Operations {
		o, err := t.operation(row)
		if err != nil {
			return nil, err
		}
		o.Doc = docs[o.Name]
		t.operations = append(t.operations, o)
		t.byName[o.Name] = o
	}
	return t, nil
}

func (t *table) fill(s *Shape, row shapeRow) (err error) {
	s.Type, s.Enum, s.Min, s.Max, s.Epoch = row.Type, row.Enum, row.Min, row.Max, row.Epoch
	if row.Pattern != "" {
		if s.Pattern, err = regexp.Compile(row.Pattern); err != nil {
			return err
		}
	}
	if row.Of != "" {
		if s.Elem = t.shapes[row.Of]; s.Elem == nil {
			return fmt.Errorf("no shape %q", row.Of)
		}
	}
	s.Members, err = t.members(row.Members)
	return err
}

// Two things are left out in the file because nearly all members share them: the
// wire name, which is the name with a small first letter, and the body as its
// place.
func (t *table) members(rows []memberRow) ([]Member, error) {
	members := make([]Member, 0, len(rows))
	for _, row := range rows {
		shape := t.shapes[row.Shape]
		if shape == nil {
			return nil, fmt.Errorf("no shape %q", row.Shape)
		}
		m := Member{Name: row.Name, Wire: row.Wire, In: row.In, Shape: shape, Required: row.Required,
			Greedy: row.Greedy, Clear: row.Clear, Merge: row.Merge, Empty: row.Empty, Payload: row.Payload, Doc: t.docs[row.Name]}
		if m.Wire == "" {
			m.Wire = lowerFirst(m.Name)
		}
		if m.In == "" {
			m.In = InBody
		}
		members = append(members, m)
	}
	return members, nil
}

// An operation answers a shape, or members of its own where no two answer the
// same.
func (t *table) operation(row operationRow) (*Operation, error) {
	o := &Operation{Name: row.Name, Method: row.Method, Path: row.Path, Status: row.Status, V1: row.V1, Imports: row.Imports,
		Items: row.Items, Errors: row.Errors, Answer: row.Answers}
	var err error
	if o.Input, err = t.members(row.Input); err != nil {
		return nil, err
	}
	if row.Answers == "" {
		o.Output, err = t.members(row.Output)
		return o, err
	}
	answer := t.shapes[row.Answers]
	if answer == nil {
		return nil, fmt.Errorf("no shape %q", row.Answers)
	}
	o.Output = answer.Members
	return o, nil
}

// parseDocs reads lines of "Name: one sentence."
func parseDocs(text string) map[string]string {
	docs := map[string]string{}
	for line := range strings.Lines(text) {
		if name, doc, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			docs[name] = doc
		}
	}
	return docs
}
