package expr

import "github.com/dragoman-gateway/dragoman/mapping/json"

// Place is where the text of an expression goes.
type Place uint8

// The places. Mapping templates are none of them: their $input.path prints as Java
// does, their $input.json as JSON.
const (
	Choice           Place = iota // what chooses a route, template, model or response
	SocketParameter               // of a WebSocket API's integration or integration response
	HTTPParameter                 // a header, query parameter, path or status code of an HTTP API
	ServiceParameter              // of an AWS service that an HTTP API calls
)

// printer appends what a JSONPath leads to, and fails with json.ErrTooLong as soon as
// dst is longer than max.
type printer func(dst []byte, n json.Node, max int) ([]byte, error)

// longest bounds the text that n bytes may become: paths with .. give a value and
// its parts again and again, as often as it nests.
func longest(n int) int { return 4096 + 4*n }

// prints is how what a JSONPath leads to becomes text in each place. Strings are
// bare and numbers and booleans as Java prints them everywhere, null is the empty
// text; arrays and objects differ:
//
//	Choice, SocketParameter           [item1, item2]  {k=v}
//	HTTPParameter, ServiceParameter   ["item1","item2"]  {"k":"v"}
//
// Assumed: HTTPParameter, of which nothing is known but that the expressions are
// those of services, which read JSON.
var prints = [...]printer{
	Choice:           appendJava,
	SocketParameter:  appendJava,
	HTTPParameter:    appendJSON,
	ServiceParameter: appendJSON,
}

// In is the expression for another place than Choice.
func (e *Expression) In(p Place) *Expression {
	moved := *e
	moved.place = p
	return &moved
}

// appendJSON appends a value as JSON; alone, a string stands bare.
func appendJSON(dst []byte, n json.Node, max int) ([]byte, error) {
	switch n.Kind() {
	case json.Missing, json.Null:
		return dst, nil
	case json.Array, json.Object:
		return n.Append(dst, json.Compact, max)
	}
	return n.Append(dst, json.Java, max)
}

// appendJava appends a value as Java prints it: arrays as [item1, item2], objects
// as {k=v}.
//
// Assumed: null is the empty text, inside arrays and objects the word null.
func appendJava(dst []byte, n json.Node, max int) ([]byte, error) {
	switch n.Kind() {
	case json.Missing, json.Null:
		return dst, nil
	}
	return appendNested(dst, n, max)
}

func appendNested(dst []byte, n json.Node, max int) ([]byte, error) {
	if len(dst) > max {
		return dst, json.ErrTooLong
	}
	open, end := byte('['), byte(']')
	switch n.Kind() {
	case json.Array:
	case json.Object:
		open, end = '{', '}'
	default:
		return n.Append(dst, json.Java, max)
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
		dst, err = appendNested(dst, it.Node(), max)
	}
	return append(dst, end), err
}
