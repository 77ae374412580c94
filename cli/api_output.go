package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/wire"
)

// pair and object keep the members of an answer in the order of the model, as
// the AWS CLI prints them.
type (
	pair struct {
		name  string
		value any
	}
	object []pair
)

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, v := range []any{p.name, p.value} {
			if j == 1 {
				b.WriteByte(':')
			}
			text, err := encode(v)
			if err != nil {
				return nil, err
			}
			b.Write(text)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// printAnswer writes an answer with the SDKs' names; nothing if it has no members.
func printAnswer(out io.Writer, options *apiOptions, o *wire.Operation, body []byte) error {
	if len(o.Output) == 0 || len(body) == 0 {
		return nil
	}
	return printValue(out, options, renamer{o.V1}.rename(&wire.Shape{Type: wire.Structure, Members: o.Output}, body))
}

// printValue prints a generic value, or what a query finds in it.
func printValue(out io.Writer, options *apiOptions, value any) error {
	if options.query != "" {
		q, err := parseQuery(options.query)
		if err != nil {
			return err
		}
		if value, err = q.search(value); err != nil {
			return err
		}
	}
	switch options.output {
	case "json":
		text, err := encode(value)
		if err != nil {
			return err
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, text, "", "    "); err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, pretty.String())
		return err
	case "text":
		return printText(out, value)
	}
	return fmt.Errorf("--output %s: want json or text", options.output)
}

// renamer gives a JSON value of the wire the names of the SDKs, which begin with a
// small letter in the older API.
type renamer struct{ small bool }

func (r renamer) name(m *wire.Member) string {
	if r.small {
		return strings.ToLower(m.Name[:1]) + m.Name[1:]
	}
	return m.Name
}

func (r renamer) rename(s *wire.Shape, raw json.RawMessage) any {
	switch {
	case s.Type == wire.Structure:
		return r.structure(s, raw)
	case s.Type == wire.List:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) == nil && items != nil {
			list := make([]any, len(items))
			for i, item := range items {
				list[i] = r.rename(s.Elem, item)
			}
			return list
		}
	case s.Type == wire.Map:
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) == nil && members != nil {
			out := object{}
			for key, value := range members {
				out = append(out, pair{key, r.rename(s.Elem, value)})
			}
			slices.SortFunc(out, func(a, b pair) int { return strings.Compare(a.name, b.name) })
			return out
		}
	case s.Type == wire.Timestamp:
		return moment(s, raw)
	}
	return plain(raw)
}

func (r renamer) structure(s *wire.Shape, raw json.RawMessage) any {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return plain(raw)
	}
	out := object{}
	for i := range s.Members {
		m := &s.Members[i]
		if value, ok := members[m.Wire]; ok {
			out = append(out, pair{r.name(m), r.rename(m.Shape, value)})
		}
	}
	return out
}

func plain(raw json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(raw)
	}
	return v
}

// moment writes a time as the AWS CLI does: 2020-04-08T00:36:05+00:00.
func moment(s *wire.Shape, raw json.RawMessage) any {
	var t time.Time
	var seconds float64
	switch {
	case s.Epoch && json.Unmarshal(raw, &seconds) == nil:
		t = time.Unix(int64(seconds), 0)
	case json.Unmarshal(raw, &t) != nil:
		return plain(raw)
	}
	return t.UTC().Format("2006-01-02T15:04:05") + "+00:00"
}

// printText writes values separated by tabs, a line for each item of a list.
func printText(out io.Writer, value any) error {
	var lines []string
	switch v := value.(type) {
	case []any:
		scalars := !slices.ContainsFunc(v, func(item any) bool { return cells(item) == nil })
		if scalars {
			lines = append(lines, strings.Join(cells(v), "\t"))
			break
		}
		for _, item := range v {
			lines = append(lines, strings.Join(flat(item), "\t"))
		}
	default:
		lines = append(lines, strings.Join(flat(v), "\t"))
	}
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// cells gives the words of a scalar or of a list of scalars; nil for anything else.
func cells(v any) []string {
	switch v := v.(type) {
	case object:
		return nil
	case []any:
		words := []string{}
		for _, item := range v {
			inner := cells(item)
			if inner == nil {
				return nil
			}
			words = append(words, inner...)
		}
		return words
	case nil:
		return []string{"None"}
	case bool:
		if v {
			return []string{"True"}
		}
		return []string{"False"}
	}
	return []string{fmt.Sprint(v)}
}

// flat gives all scalars of a value, in order.
func flat(v any) []string {
	switch v := v.(type) {
	case object:
		var words []string
		for _, p := range v {
			words = append(words, flat(p.value)...)
		}
		return words
	case []any:
		var words []string
		for _, item := range v {
			words = append(words, flat(item)...)
		}
		return words
	}
	return cells(v)
}
