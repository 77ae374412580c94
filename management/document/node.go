package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth is how deep a document may nest.
const maxDepth = 64

// reading bounds what aliases may repeat of a document, so that they cannot make it
// endless: in values, as many as the text could have by itself, and some for each
// noun. What stands in the text is not counted.
type reading struct{ left int }

const (
	freeNodes = 20_000
	nounNodes = 50

	bytesANode = 48 // of a text
)

func newReading(text []byte) *reading { return &reading{len(text)/2 + freeNodes} }

// Error says what is wrong with a document, and where.
type Error struct {
	Line    int    // 0 when the place has no line
	Path    string // as in regions.us-east-1.apis.chat
	Message string
}

// Error tells all of it.
func (e *Error) Error() string {
	text := e.Message
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	if e.Line > 0 {
		text = "line " + strconv.Itoa(e.Line) + ": " + text
	}
	return text
}

// place is a node of a document with the way to it.
type place struct {
	*yaml.Node
	way   *way // nil at the top
	of    *reading
	again bool // it was reached by an alias
}

// way is where something stands; it is written out only where something is wrong.
type way struct {
	above *way
	name  string
}

func (w *way) String() string {
	const enough = 1024
	var names []string
	for length := 0; w != nil; w = w.above {
		name := w.name
		if length += len(name) + 1; length > enough {
			name = "..."
			w = &way{}
		}
		names = append(names, name)
	}
	slices.Reverse(names)
	return strings.Join(names, ".")
}

func (p place) wrong(format string, args ...any) error {
	e := &Error{Path: p.way.String(), Message: fmt.Sprintf(format, args...)}
	if p.Node != nil {
		e.Line = p.Line
	}
	return e
}

func (p place) child(name string, n *yaml.Node) place {
	at := &way{p.way, name}
	if name == "" {
		at = p.way
	}
	again := p.again || n.Kind == yaml.AliasNode
	for hops := 0; n.Kind == yaml.AliasNode && hops < maxDepth; hops++ {
		n = n.Alias
	}
	return place{n, at, p.of, again}
}

// null says whether nothing stands at a place, as in "stages:" or "prod:".
func (p place) null() bool { return p.Node == nil || p.Tag == "!!null" }

// entries ranges over a mapping in order; every key must be there once. Nothing is
// an empty mapping.
func (p place) entries() (iter.Seq2[string, place], error) {
	if p.null() {
		return func(func(string, place) bool) {}, nil
	}
	if p.Kind != yaml.MappingNode {
		return nil, p.wrong("expected a mapping")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(p.Content); i += 2 {
		key := p.Content[i]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return nil, p.child("?", key).wrong("a key must be a text")
		}
		if seen[key.Value] {
			return nil, p.child(key.Value, key).wrong("the key is there twice")
		}
		seen[key.Value] = true
	}
	return func(yield func(string, place) bool) {
		for i := 0; i+1 < len(p.Content); i += 2 {
			if !yield(p.Content[i].Value, p.child(p.Content[i].Value, p.Content[i+1])) {
				return
			}
		}
	}, nil
}

// has says whether a mapping has a member that is not null.
func (p place) has(name string) bool {
	all, err := p.entries()
	if err != nil {
		return false
	}
	for member, value := range all {
		if member == name {
			return !value.null()
		}
	}
	return false
}

// split takes the named members out of a mapping; absent ones are null places.
func (p place) split(names ...string) (rest place, parts map[string]place, err error) {
	if _, err := p.entries(); err != nil {
		return place{}, nil, err
	}
	kept := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if p.Node != nil {
		kept.Line = p.Line
	}
	parts = map[string]place{}
	for i := 0; !p.null() && i+1 < len(p.Content); i += 2 {
		name, node := p.Content[i].Value, p.Content[i+1] // still an alias where it is one
		value := p.child(name, node)
		if slices.Contains(names, name) {
			parts[name] = value
			continue
		}
		kept.Content = append(kept.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: value.Line}, node)
	}
	return place{kept, p.way, p.of, p.again}, parts, nil
}

// decode reads a place into a noun by its JSON names; other members are refused.
func (p place) decode(noun any) error {
	if p.again {
		p.of.left -= nounNodes
	}
	value, err := p.plain(0)
	if err != nil {
		return err
	}
	if value == nil {
		value = map[string]any{}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return p.wrong("%v", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(noun); err != nil {
		return p.wrong("%s", explain(err))
	}
	return nil
}

// explain words an error of encoding/json for somebody who writes YAML.
func explain(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s cannot be %s", t.Field, t.Value)
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	return strings.Replace(text, "unknown field", "unknown member", 1)
}

// plain gives a place as encoding/json has values.
func (p place) plain(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.wrong("the document is nested too deeply")
	}
	if p.again {
		p.of.left -= 1 + len(p.Value)/bytesANode
	}
	if p.of.left < 0 {
		return nil, p.wrong("aliases repeat too much of the document")
	}
	switch p.Kind {
	case yaml.MappingNode:
		all, err := p.entries()
		if err != nil {
			return nil, err
		}
		m := map[string]any{}
		for key, value := range all {
			if m[key], err = value.plain(depth + 1); err != nil {
				return nil, err
			}
		}
		return m, nil
	case yaml.SequenceNode:
		list := []any{}
		for i, item := range p.Content {
			value, err := p.child(strconv.Itoa(i), item).plain(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
	return p.scalar()
}

func (p place) scalar() (any, error) {
	switch p.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(p.Value, "true"), nil
	case "!!int", "!!float":
		if json.Valid([]byte(p.Value)) {
			return json.Number(p.Value), nil
		}
		var v any
		if err := p.Decode(&v); err != nil {
			return nil, p.wrong("%v", err)
		}
		return v, nil
	}
	return p.Value, nil
}

// node gives a value as YAML in block form, with members in the order of its fields.
func node(value any) (*yaml.Node, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b.Bytes(), &doc); err != nil { // JSON is YAML
		return nil, err
	}
	unstyle(doc.Content[0])
	return doc.Content[0], nil
}

// unstyle drops the quotes and brackets of JSON; the writer sets what is needed.
func unstyle(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		unstyle(child)
	}
}

// minimal is a noun without the members that fill sets again.
func minimal[T any](noun *T, fill func(*T)) (*yaml.Node, error) {
	want, err := json.Marshal(noun)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(want, &members); err != nil {
		return nil, err
	}
	full, err := node(noun)
	if err != nil {
		return nil, err
	}
	least := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(full.Content); i += 2 {
		name := full.Content[i].Value
		value := members[name]
		delete(members, name)
		if !same(members, want, fill) {
			members[name] = value
			least.Content = append(least.Content, full.Content[i], full.Content[i+1])
		}
	}
	return least, nil
}

// same says whether filling a noun of these members gives the wanted one.
func same[T any](members map[string]json.RawMessage, want []byte, fill func(*T)) bool {
	text, err := json.Marshal(members)
	if err != nil {
		return false
	}
	noun := new(T)
	if json.Unmarshal(text, noun) != nil {
		return false
	}
	fill(noun)
	got, err := json.Marshal(noun)
	return err == nil && bytes.Equal(got, want)
}

func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

// add adds a member; empty mappings and lists are left out.
func add(n *yaml.Node, key string, value *yaml.Node) {
	if value == nil || value.Kind != yaml.ScalarNode && len(value.Content) == 0 {
		return
	}
	n.Content = append(n.Content, text(key), value)
}

// keep adds a member also when it is empty.
func keep(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, text(key), value)
}
