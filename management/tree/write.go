package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ErrRepeats refuses a document that aliases make endless.
var ErrRepeats = errors.New("the document repeats itself too often by aliases")

// YAML writes a tree in block form.
func (n Node) YAML() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n.at); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// Limits bound what of a document becomes JSON.
type Limits struct {
	Bytes   int  // of the JSON
	Unique  bool // objects are held to Node.Unique
	Repeats *int // what aliases may still repeat, in values; it is taken from. nil: Bytes is enough
}

// bytesOfValue is what of a long text counts as one more value.
const bytesOfValue = 48

// maxWhole is how many bytes a whole document may have that is written.
const maxWhole = 64 << 20

// JSON writes a tree without white space. Its errors are of type *Error, with paths
// from here on; what was written until then is answered too.
func (n Node) JSON(limits Limits) ([]byte, error) {
	w := &jsonWriter{limits: limits}
	err := w.write(n, 0)
	return w.Bytes(), err
}

// IndentedJSON writes a tree with a line for each member.
func (n Node) IndentedJSON() ([]byte, error) {
	text, err := n.JSON(Limits{Bytes: maxWhole})
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	err = json.Indent(&lines, text, "", "  ")
	return lines.Bytes(), err
}

type jsonWriter struct {
	bytes.Buffer
	limits Limits
}

func (w *jsonWriter) write(n Node, depth int) error {
	if err := w.allow(n, depth); err != nil {
		return err
	}
	switch {
	case n.IsObject():
		return w.object(n, depth)
	case n.IsList():
		return w.list(n, depth)
	}
	return w.scalar(n)
}

// allow holds a value to the limits.
func (w *jsonWriter) allow(n Node, depth int) error {
	if depth > MaxDepth {
		return n.wrong(errDepth.Error())
	}
	// Looked at before each value: what is written beyond the limit is one value at most.
	if w.Len() > w.limits.Bytes {
		return n.wrong("a part of the document is too long")
	}
	if w.limits.Repeats != nil {
		if n.repeated {
			// A long text counts as several: aliases can repeat one as well as they can many short ones.
			*w.limits.Repeats -= 1 + len(n.at.Value)/bytesOfValue
		}
		if *w.limits.Repeats < 0 {
			return n.wrong(ErrRepeats.Error())
		}
	}
	if w.limits.Unique {
		return n.Unique()
	}
	return nil
}

func (n Node) wrong(message string) *Error { return &Error{Line: n.Line(), Message: message} }

func (w *jsonWriter) object(n Node, depth int) error {
	w.WriteByte('{')
	open := w.Len()
	for key, value := range n.Members() {
		if value.Unread() {
			continue // what is unknown has no value, and null is one
		}
		if w.Len() > open {
			w.WriteByte(',')
		}
		w.text(key)
		w.WriteByte(':')
		if err := w.write(value, depth+1); err != nil {
			return within(key, err)
		}
	}
	w.WriteByte('}')
	return nil
}

func (w *jsonWriter) list(n Node, depth int) error {
	w.WriteByte('[')
	open := w.Len()
	for i, item := range n.at.Content {
		if item.Style&unread != 0 {
			continue
		}
		if w.Len() > open {
			w.WriteByte(',')
		}
		if err := w.write(follow(item, n.repeated), depth+1); err != nil {
			return within(strconv.Itoa(i), err)
		}
	}
	w.WriteByte(']')
	return nil
}

func (w *jsonWriter) scalar(n Node) error {
	if n.Null() {
		w.WriteString("null")
		return nil
	}
	switch n.at.Tag {
	case boolTag:
		// YAML writes True and TRUE too, which JSON does not know.
		w.WriteString(strconv.FormatBool(strings.EqualFold(n.at.Value, "true")))
	case intTag, floatTag:
		return w.number(n)
	default:
		w.text(n.at.Value)
	}
	return nil
}

// number writes those numbers of YAML that JSON has: 0x10 is 16, .inf is none.
func (w *jsonWriter) number(n Node) error {
	if json.Valid([]byte(n.at.Value)) {
		w.WriteString(n.at.Value)
		return nil
	}
	var v any
	if err := n.at.Decode(&v); err != nil {
		return n.wrong(err.Error())
	}
	// Of .inf and .nan JSON has no form, and a text in their place would be another type.
	number, err := json.Marshal(v)
	if err != nil {
		return n.wrong(fmt.Sprintf("%s is not a number of JSON", n.at.Value))
	}
	w.Write(number)
	return nil
}

func (w *jsonWriter) text(s string) {
	enc := json.NewEncoder(&w.Buffer)
	// What is written is read by people and no page: & stays &.
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)       // a text always can be
	w.Truncate(w.Len() - 1) // the encoder's new line
}
