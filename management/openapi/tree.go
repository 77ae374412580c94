package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of a document: how deep it may nest, and how long its parts and what is
// written may be. Aliases make documents that are small as text and endless as trees.
const (
	maxDepth   = 200
	maxPart    = 256 << 10
	maxWritten = 64 << 20
)

// work bounds what a document may cost, in nodes looked at and bytes read again, by
// its length: without aliases a document has far fewer nodes than bytes.
func work(document string) int { return 32*len(document) + 1<<20 }

var (
	errDepth = errors.New("the document is nested too deeply")
	errLong  = errors.New("a part of the document is too long")
)

// parse reads JSON or YAML into a tree that keeps the order of members.
func parse(text string) (*yaml.Node, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		n, err := parseJSON(text)
		if _, syntax := errors.AsType[*json.SyntaxError](err); !syntax {
			return n, err
		}
		// An object of YAML may begin so too; when it is none, JSON was meant.
		if n, wrong := parseYAML(text); wrong == nil {
			return n, nil
		}
		return nil, err
	}
	return parseYAML(text)
}

func parseYAML(text string) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("the document is empty")
	}
	if err := depthOf(doc.Content[0], 0); err != nil {
		return nil, err
	}
	return doc.Content[0], merge(doc.Content[0], work(text)/priceOfMerge)
}

// depthOf refuses a tree that is too deep, or that holds itself.
func depthOf(n *yaml.Node, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	for _, child := range n.Content {
		if err := depthOf(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func parseJSON(text string) (*yaml.Node, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	n, err := readJSON(d, 0)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, errors.New("the document ends too early")
	}
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the document")
	}
	return n, nil
}

func readJSON(d *json.Decoder, depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return readJSONGroup(d, t, depth)
	case string:
		return str(t), nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: t.String()}, nil
	case bool:
		return boolean(t), nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

func readJSONGroup(d *json.Decoder, open json.Delim, depth int) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if open == '{' {
		n = newMap()
	}
	for d.More() {
		if open == '{' {
			key, err := readJSON(d, depth+1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, key)
		}
		value, err := readJSON(d, depth+1)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, value)
	}
	_, err := d.Token() // the closing bracket
	return n, err
}

// real follows an alias to what it names; nil stays nil.
func real(n *yaml.Node) *yaml.Node {
	for hops := 0; n != nil && n.Kind == yaml.AliasNode && hops < maxDepth; hops++ {
		n = n.Alias
	}
	return n
}

// get gives a member of an object, or nil; the last one of a name counts.
func get(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		var found *yaml.Node
		for key, value := range members(n) {
			if key == name {
				found = value
			}
		}
		if n = found; n == nil {
			return nil
		}
	}
	return real(n)
}

// members ranges over an object in order; over nothing for anything else.
func members(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		n := real(n)
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(real(n.Content[i]).Value, real(n.Content[i+1])) {
				return
			}
		}
	}
}

// items gives the items of a list.
func items(n *yaml.Node) []*yaml.Node {
	if n = real(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// text is the value of a scalar as it was written; "" for everything else.
func text(n *yaml.Node) string {
	if n = real(n); n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

func isMap(n *yaml.Node) bool { return n != nil && real(n).Kind == yaml.MappingNode }

// decode reads a part of a document, of at most so many bytes, into a Go value with
// JSON names, and tells how many bytes it had.
func decode(n *yaml.Node, most int, into any) (size int, err error) {
	w := &jsonWriter{most: most}
	if err := w.write(n, 0); err != nil {
		return w.Len(), err
	}
	return w.Len(), named(w.Bytes(), json.Unmarshal(w.Bytes(), into), into)
}

// named adds to an error in which member it is. Types that read more than one form
// do not tell.
func named(text []byte, err error, into any) error {
	var all map[string]json.RawMessage
	if err == nil || json.Unmarshal(text, &all) != nil {
		return err
	}
	if _, tells := errors.AsType[*json.UnmarshalTypeError](err); tells {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		alone, encoding := json.Marshal(map[string]json.RawMessage{name: all[name]})
		if encoding == nil && json.Unmarshal(alone, into) != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return err
}

// jsonWriter writes a tree as JSON, with a line for each member when lines is set.
type jsonWriter struct {
	bytes.Buffer
	lines bool
	most  int // bytes
}

func (w *jsonWriter) write(n *yaml.Node, depth int) error {
	if n = real(n); n == nil {
		w.WriteString("null")
		return nil
	}
	if depth > maxDepth {
		return errDepth
	}
	if w.Len() > w.most {
		return errLong
	}
	switch n.Kind {
	case yaml.MappingNode:
		return w.group(n, "{}", 2, depth)
	case yaml.SequenceNode:
		return w.group(n, "[]", 1, depth)
	}
	return w.scalar(n)
}

func (w *jsonWriter) group(n *yaml.Node, brackets string, step, depth int) error {
	w.WriteByte(brackets[0])
	for i := 0; i+step <= len(n.Content); i += step {
		if i > 0 {
			w.WriteByte(',')
		}
		w.newLine(depth + 1)
		if step == 2 {
			if err := w.text(real(n.Content[i]).Value); err != nil {
				return err
			}
			w.WriteByte(':')
			if w.lines {
				w.WriteByte(' ')
			}
		}
		if err := w.write(n.Content[i+step-1], depth+1); err != nil {
			return err
		}
	}
	if len(n.Content) > 0 {
		w.newLine(depth)
	}
	w.WriteByte(brackets[1])
	return nil
}

func (w *jsonWriter) newLine(depth int) {
	if w.lines {
		w.WriteString("\n" + strings.Repeat("  ", depth))
	}
}

func (w *jsonWriter) scalar(n *yaml.Node) error {
	switch n.Tag {
	case "!!null":
		w.WriteString("null")
	case "!!bool":
		w.WriteString(strconv.FormatBool(strings.EqualFold(n.Value, "true")))
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			w.WriteString(n.Value)
			return nil
		}
		var v any
		if err := n.Decode(&v); err != nil {
			return err
		}
		number, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("%s is not a number of JSON", n.Value)
		}
		w.Write(number)
	default:
		return w.text(n.Value)
	}
	return nil
}

func (w *jsonWriter) text(s string) error {
	enc := json.NewEncoder(&w.Buffer)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return err
	}
	w.Truncate(w.Len() - 1) // the encoder's new line
	return nil
}

// The makers of trees.

func newMap() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

func str(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

func boolean(b bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(b)}
}

func integer(n int32) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(int(n))}
}

func list[T any](values []T, node func(T) *yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, v := range values {
		n.Content = append(n.Content, node(v))
	}
	return n
}

// set adds a member to an object.
func set(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, str(key), value)
}

// setText adds a text that is not empty.
func setText(n *yaml.Node, key, value string) {
	if value != "" {
		set(n, key, str(value))
	}
}
