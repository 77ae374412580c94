package expr

import (
	"bytes"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// appendBody appends the value of a body variable.
func (p *part) appendBody(dst, body []byte, print printer) ([]byte, error) {
	switch {
	case p.names != nil:
		raw, valid := json.Find(body, p.names...)
		if !valid {
			return dst, ErrNotJSON
		}
		return appendRaw(dst, raw, print)
	case p.path != nil:
		return p.appendPath(dst, string(body), print)
	}
	return append(dst, body...), nil
}

func (p *part) appendPath(dst []byte, body string, print printer) ([]byte, error) {
	d, err := json.ParseStrict(body)
	if err != nil {
		return dst, ErrNotJSON
	}
	defer d.Release()
	n, found, err := p.path.Eval(d.Root())
	if err != nil || !found {
		return dst, err
	}
	return print(dst, n, len(dst)+longest(len(body)))
}

// appendRaw appends a value that stands in a text.
func appendRaw(dst, raw []byte, print printer) ([]byte, error) {
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
	return print(dst, d.Root(), len(dst)+longest(len(raw)))
}
