package payload

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// ErrMalformed tells that a function's answer breaks its format. The errors
// that are returned wrap it and say how.
var ErrMalformed = errors.New("malformed answer")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// FieldError tells that a member of a function's answer has the wrong type. It is
// an ErrMalformed.
type FieldError struct {
	Field  string
	Detail string // for the log
}

func (e *FieldError) Error() string { return ErrMalformed.Error() + ": " + e.Detail }

// Unwrap makes it an ErrMalformed.
func (e *FieldError) Unwrap() error { return ErrMalformed }

// Words is what AWS says of an answer that breaks its format, for
// $context.integrationErrorMessage.
//
// Observed: the sentence, and what follows it for a body of the wrong type.
// Assumed: the same of the other members.
func Words(err error) string {
	const sentence = "The response from the Lambda function doesn't match the format that API Gateway expects."
	if field, ok := errors.AsType[*FieldError](err); ok {
		return sentence + ` Lambda body contains the wrong type for field "` + field.Field + `"`
	}
	return sentence
}

// Result is what a proxy function answered.
type Result struct {
	StatusCode int
	Fields     []Field // header lines in their order
	Body       []byte  // decoded
}

// Header is the header by name, as net/http keeps it apart from the spelling:
// names are as the function spelled them.
func (r *Result) Header() map[string][]string {
	if len(r.Fields) == 0 {
		return nil
	}
	h := make(map[string][]string, len(r.Fields))
	for _, f := range r.Fields {
		h[f.Name] = append(h[f.Name], f.Value)
	}
	return h
}

// get is the value of a header line, without regard to case.
func (r *Result) has(name string) bool {
	for _, f := range r.Fields {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// ParseWebSocketResult reads the answer of a proxy function of a WebSocket API.
// Every member may be absent; the status is 200 then. Errors wrap ErrMalformed.
//
// Observed: null, other values than objects, and objects with other members are
// malformed, which is how a function that answers its own object directly is told
// of it.
func ParseWebSocketResult(text []byte) (*Result, error) {
	d, err := object(text)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	for it := d.Root().Iter(); it.Next(); {
		switch name := it.Key(); name {
		case "statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded":
		default:
			return nil, malformed("unknown member %q", name)
		}
	}
	r := &Result{StatusCode: 200}
	if n, ok := d.Root().Get("statusCode"); ok && n.Kind() != json.Null {
		if r.StatusCode, err = status(n); err != nil {
			return nil, err
		}
	}
	if err := r.lines(d.Root(), true); err != nil {
		return nil, err
	}
	return r, r.content(d.Root())
}

// ParseV1Result reads an answer in payload format 1.0: an object with an integer
// statusCode. Errors wrap ErrMalformed.
//
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs: format 1.0 infers nothing.
// Observed: the content type of an answer that names none.
func ParseV1Result(text []byte) (*Result, error) {
	d, err := object(text)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	r := new(Result)
	n, ok := d.Root().Get("statusCode")
	if !ok {
		return nil, malformed("statusCode is missing")
	}
	if r.StatusCode, err = status(n); err != nil {
		return nil, err
	}
	if err := r.lines(d.Root(), true); err != nil {
		return nil, err
	}
	r.contentType("text/plain; charset=utf-8")
	return r, r.content(d.Root())
}

// ParseV2Result reads an answer in payload format 2.0. An object with a
// statusCode is taken apart; anything else is the body itself, of status 200 and
// type application/json. Errors wrap ErrMalformed.
//
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs.
// Observed: a JSON string loses its quotes, and what is no JSON is passed on as
// well.
func ParseV2Result(text []byte) (*Result, error) {
	d, err := json.ParseStrict(string(text))
	if err != nil {
		return plain(text), nil
	}
	defer d.Release()
	root := d.Root()
	n, ok := root.Get("statusCode")
	switch {
	case root.Kind() == json.String:
		return plain([]byte(root.Text())), nil
	case !ok:
		return plain(text), nil
	}
	r := new(Result)
	if r.StatusCode, err = status(n); err != nil {
		return nil, err
	}
	if err := r.cookies(root); err != nil {
		return nil, err
	}
	if err := r.lines(root, false); err != nil {
		return nil, err
	}
	r.contentType("text/plain; charset=utf-8")
	return r, r.content(root)
}

func plain(body []byte) *Result {
	return &Result{StatusCode: 200, Fields: []Field{{"content-type", "application/json"}}, Body: body}
}

func object(text []byte) (*json.Doc, error) {
	d, err := json.ParseStrict(string(text))
	if err != nil {
		return nil, malformed("not JSON: %v", err)
	}
	if d.Root().Kind() != json.Object {
		d.Release()
		return nil, malformed("not an object")
	}
	return d, nil
}

// status reads an integer, or a string that spells one, which functions of
// WebSocket APIs were seen to answer.
// Assumed: a number outside of 100 to 599 is malformed.
func status(n json.Node) (int, error) {
	code := int64(0)
	switch n.Kind() {
	case json.Int:
		code = n.Int64()
	case json.String:
		v, err := strconv.ParseUint(n.Text(), 10, 16)
		if err != nil {
			return 0, &FieldError{"statusCode", fmt.Sprintf("statusCode %q is no integer", n.Text())}
		}
		code = int64(v)
	default:
		return 0, &FieldError{"statusCode", "statusCode is no integer"}
	}
	if code < 100 || code > 599 {
		return 0, malformed("statusCode %d is out of range", code)
	}
	return int(code), nil
}

// lines reads headers, and multiValueHeaders where many says so: format 2.0 has
// none and joins values by commas.
// Observed: for each name the single value comes first, whatever the order of the
// members.
func (r *Result) lines(root json.Node, many bool) error {
	headers, err := member(root, "headers", json.Object)
	if err != nil {
		return err
	}
	multi, err := member(root, "multiValueHeaders", json.Object)
	if err != nil && many {
		return err
	}
	if !many {
		multi = json.Node{}
	}
	for it := headers.Iter(); it.Next(); {
		if err := r.line(it.Key(), it.Node()); err != nil {
			return err
		}
		for m := multi.Iter(); m.Next(); {
			if strings.EqualFold(m.Key(), it.Key()) {
				if err := r.values(m.Key(), m.Node()); err != nil {
					return err
				}
			}
		}
	}
	single := len(r.Fields)
	for m := multi.Iter(); m.Next(); {
		if (&Result{Fields: r.Fields[:single]}).has(m.Key()) {
			continue
		}
		if err := r.values(m.Key(), m.Node()); err != nil {
			return err
		}
	}
	return nil
}

// member is the member of root of that name and kind; absent and null give no
// node.
func member(root json.Node, name string, kind json.Kind) (json.Node, error) {
	n, ok := root.Get(name)
	switch {
	case !ok || n.Kind() == json.Null:
		return json.Node{}, nil
	case n.Kind() != kind:
		return json.Node{}, &FieldError{name, name + " has the wrong type"}
	}
	return n, nil
}

func (r *Result) values(name string, list json.Node) error {
	if list.Kind() != json.Array {
		return &FieldError{"multiValueHeaders", "multiValueHeaders." + name + " is no list"}
	}
	for it := list.Iter(); it.Next(); {
		if err := r.line(name, it.Node()); err != nil {
			return err
		}
	}
	return nil
}

// line adds one header line. Numbers and booleans are taken as text. A name or
// value that would break the header into two is refused: functions often answer
// what a client sent (RFC 9110 section 5.5).
func (r *Result) line(name string, v json.Node) error {
	switch v.Kind() {
	case json.Null:
		return nil
	case json.Array, json.Object:
		return &FieldError{"headers", "header " + name + " is no string"}
	}
	value := v.String()
	if !token(name) || strings.ContainsAny(value, "\r\n\x00") {
		return malformed("header %q is not well formed", name)
	}
	r.Fields = append(r.Fields, Field{name, value})
	return nil
}

// token tells whether a name may stand in a header (RFC 9110 section 5.6.2).
func token(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7F || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return name != ""
}

// Cookies come before the header, so that its own Set-Cookie is last. A
// Set-Cookie cannot be joined by commas, which is why there is a list (RFC 6265
// section 3).
func (r *Result) cookies(root json.Node) error {
	list, err := member(root, "cookies", json.Array)
	if err != nil {
		return err
	}
	for it := list.Iter(); it.Next(); {
		if err := r.line("set-cookie", it.Node()); err != nil {
			return err
		}
	}
	return nil
}

func (r *Result) contentType(media string) {
	if !r.has("content-type") {
		r.Fields = append(r.Fields, Field{"content-type", media})
	}
}

// content reads body and isBase64Encoded, which may also be the words as a
// string. Base64 is taken with and without padding (RFC 4648 section 3.2).
func (r *Result) content(root json.Node) error {
	body, err := member(root, "body", json.String)
	if err != nil {
		return err
	}
	coded := false
	if n, ok := root.Get("isBase64Encoded"); ok {
		switch {
		case n.Kind() == json.Null:
		case n.Kind() == json.Bool || n.Kind() == json.String && (n.Text() == "true" || n.Text() == "false"):
			coded = n.String() == "true"
		default:
			return &FieldError{"isBase64Encoded", "isBase64Encoded is no boolean"}
		}
	}
	if !coded {
		r.Body = []byte(body.Text())
		return nil
	}
	r.Body, err = base64.StdEncoding.DecodeString(body.Text())
	if err != nil {
		r.Body, err = base64.RawStdEncoding.DecodeString(body.Text())
	}
	if err != nil {
		return malformed("body is not base64")
	}
	return nil
}
