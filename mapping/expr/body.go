package expr

import (
	"bytes"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// appendBody appends the value of a body variable.
func (p *part) appendBody(dst, body []byte) ([]byte, error) {
	switch {
	case p.names != nil:
		raw, valid := json.Find(body, p.names...)
		if !valid {
			return dst, ErrNotJSON
		}
		return appendRaw(dst, raw)
	case p.path != nil:
		return p.appendPath(dst, string(body))
	}
	return append(dst, body...), nil
}

func (p *part) appendPath(dst []byte, body string) ([]byte, error) {
	d, err := json.ParseStrict(body)
	if err != nil {
		return dst, ErrNotJSON
	}
	defer d.Release()
	n, found, err := p.path.Eval(d.Root())
	if err != nil || !found {
		return dst, err
	}
	return AppendValue(dst, n)
}

// appendRaw appends a value that stands in a text.
func appendRaw(dst, raw []byte) ([]byte, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return dst, nil
	case raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0:
		return append(dst, raw[1:len(raw)-1]...), nil
	case string(raw) == "true" || string(raw) == "false":
		return append(dst, raw...), nil
	}
	d, err := json.ParseStrict(string(raw))
	if err != nil {
		return dst, ErrNotJSON
	}
	defer d.Release()
	return AppendValue(dst, d.Root())
}

// AppendValue appends a JSON value as text: strings bare, numbers and booleans
// as Java prints them, arrays as [item1, item2], objects as {k=v}.
//
// Assumed: null is the empty text, inside arrays and objects the word null.
func AppendValue(dst []byte, n json.Node) ([]byte, error) {
	switch n.Kind() {
	case json.Missing, json.Null:
		return dst, nil
	}
	return appendNested(dst, n)
}

func appendNested(dst []byte, n json.Node) ([]byte, error) {
	open, end := byte('['), byte(']')
	switch n.Kind() {
	case json.Array:
	case json.Object:
		open, end = '{', '}'
	default:
		return n.Append(dst, json.Java, 0)
	}
	dst = append(dst, open)
	var err error
	for it, i := n.Iter(), 0; it.Next() && err == nil; i++ {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if open == '{' {
			dst = append(append(dst, it.Key()...), '=')
		}
		dst, err = appendNested(dst, it.Node())
	}
	return append(dst, end), err
}
