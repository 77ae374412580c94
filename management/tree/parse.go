package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var (
	errDepth = errors.New("the document is nested too deeply")
	errEmpty = errors.New("the document is empty")
)

// Parse reads a document in JSON or YAML. Merges are still in it.
func Parse(text []byte) (Node, error) {
	// Editors of Windows put a mark of byte order before UTF-8 (RFC 8259, 8.1: readers may ignore it).
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) || !utf8.Valid(text) {
		return parseYAML(text)
	}
	// JSON by its own reader, although YAML holds it: that one words faults as authors of JSON know
	// them, and takes nothing that is not JSON.
	n, err := parseJSON(text)
	if _, syntax := errors.AsType[*json.SyntaxError](err); !syntax {
		return n, err
	}
	// An object of YAML may begin so too; when it is none, JSON was meant.
	if n, wrong := parseYAML(text); wrong == nil {
		return n, nil
	}
	return Node{}, err
}

func parseYAML(text []byte) (Node, error) {
	var doc, next yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&doc); err != nil && err != io.EOF {
		return Node{}, err
	}
	// What follows would be left out without a word. A marker may stand at the end.
	if err := decoder.Decode(&next); err == nil && next.Content[0].Tag != nullTag {
		return Node{}, fmt.Errorf("line %d: a second document begins here", next.Content[0].Line)
	} else if err != nil && err != io.EOF {
		return Node{}, err
	}
	// A text of comments alone is no document of nothing: it was probably the wrong file.
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return Node{}, errEmpty
	}
	return Node{at: doc.Content[0]}, shallow(doc.Content[0], 0)
}

// shallow refuses a tree that is too deep. Aliases are leaves of it.
func shallow(at *yaml.Node, depth int) error {
	if depth > MaxDepth {
		return errDepth
	}
	for _, child := range at.Content {
		if err := shallow(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// jsonReader reads JSON, and counts its lines and columns.
type jsonReader struct {
	*json.Decoder
	text   []byte
	read   int // bytes that were counted
	line   int
	column int // of the next character, from 1
}

// count goes on to a place of the text.
func (r *jsonReader) count(to int) {
	// Counted on from the last place: each byte is looked at once, however many values there are.
	passed := r.text[r.read:to]
	if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
		r.line += bytes.Count(passed, []byte("\n"))
		passed, r.column = passed[last+1:], 1
	}
	r.column += utf8.RuneCount(passed)
	r.read = to
}

// begins is where the next token does: past white space and what stands between tokens.
func (r *jsonReader) begins() int {
	return len(r.text) - len(bytes.TrimLeft(r.text[r.read:], " \t\r\n,:"))
}

func parseJSON(text []byte) (Node, error) {
	r := &jsonReader{Decoder: json.NewDecoder(bytes.NewReader(text)), text: text, line: 1, column: 1}
	// Numbers as they stand: a float would round account ids.
	r.UseNumber()
	at, err := r.value(0)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return Node{}, errors.New("the document ends too early")
	}
	if err != nil {
		return Node{}, err
	}
	if _, err := r.Token(); err != io.EOF {
		return Node{}, errors.New("something follows the document")
	}
	return Node{at: at}, nil
}

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > MaxDepth {
		return nil, errDepth
	}
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	r.count(r.begins())
	// Nodes of the YAML reader, so that all that follows knows one kind of tree.
	at := &yaml.Node{Kind: yaml.ScalarNode, Line: r.line, Column: r.column}
	r.count(int(r.InputOffset()))
	switch t := token.(type) {
	case json.Delim:
		return at, r.group(at, t, depth)
	case string:
		at.Tag, at.Value = textTag, t
	case json.Number:
		at.Tag, at.Value = intTag, t.String()
		if strings.ContainsAny(at.Value, ".eE") {
			at.Tag = floatTag
		}
	case bool:
		at.Tag, at.Value = boolTag, strconv.FormatBool(t)
	default:
		at.Tag, at.Value = nullTag, "null"
	}
	return at, nil
}

// group reads an object, whose keys are values too, or a list.
func (r *jsonReader) group(at *yaml.Node, open json.Delim, depth int) error {
	at.Kind, at.Tag = yaml.SequenceNode, listTag
	if open == '{' {
		at.Kind, at.Tag = yaml.MappingNode, objectTag
	}
	for r.More() {
		child, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		at.Content = append(at.Content, child)
	}
	_, err := r.Token() // the closing bracket
	return err
}
