package wire

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/fault"
)

// maxDepth is how deep a body may nest; no operation needs more than seven.
// encoding/json recurs with the depth.
const maxDepth = 32

// decode makes the request of an operation out of its parts and checks them.
// Every error is a BadRequest that names the member and the rule. r is an empty one.
func decode(r *Request, o *Operation, path map[string]string, rawQuery string, body []byte) (_ *Request, err error) {
	r.Operation, r.Path = o, path
	if r.Query, err = decodeQuery(rawQuery); err != nil {
		return nil, err
	}
	if members, whole := o.hasBody(); whole {
		r.Payload = body
	} else if members {
		if r.Body, err = decodeBody(o, body); err != nil {
			return nil, err
		}
	}
	return r, r.check()
}

// decodeQuery is url.ParseQuery, but it refuses what is not well formed, which
// url.Values would leave out: the caller meant something by it.
func decodeQuery(raw string) (url.Values, error) {
	if raw == "" {
		return nil, nil
	}
	q, err := url.ParseQuery(raw)
	if err != nil {
		return nil, fault.New(fault.BadRequest, "The query string is not well formed")
	}
	for name, values := range q {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return nil, fault.New(fault.BadRequest, "The query string is not valid UTF-8")
		}
	}
	return q, nil
}

// decodeBody reads the members that the operation has. A body that is empty is an
// object without members. What is dropped here no handler has to think of:
// members of later models, and null, which is absent.
func decodeBody(o *Operation, body []byte) (map[string]json.RawMessage, error) {
	// SDKs send no body where no member is set; required ones are missed by the
	// checks.
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	if !utf8.Valid(body) {
		return nil, fault.New(fault.BadRequest, "Unable to parse the request body: it is not valid UTF-8")
	}
	if tooDeep(body) {
		return nil, fault.New(fault.BadRequest, "Unable to parse the request body: it is nested deeper than %d levels", maxDepth)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return nil, malformed(body, err)
	}
	for name, raw := range members {
		if m := o.Member(name); m == nil || m.In != InBody || isNull(raw) {
			delete(members, name)
		}
	}
	// Before the checks, for an empty text would be too short for most patterns.
	if o.Creates() {
		unset(o.Input, members)
	}
	for i := range o.Input {
		if m := &o.Input[i]; m.Empty == EmptyKeeps && m.empty(members[m.Wire]) {
			delete(members, m.Wire)
		}
	}
	return members, nil
}

// malformed words why a body is not an object of JSON. It names the place and not
// the text, which may be a secret.
func malformed(body []byte, err error) error {
	if syntax, ok := err.(*json.SyntaxError); ok {
		return fault.New(fault.BadRequest, "Unable to parse the request body: it is not valid JSON, at byte %d", syntax.Offset)
	}
	return fault.New(fault.BadRequest, "Unable to parse the request body: it must be an object, but it is %s", kindOf(bytes.TrimSpace(body)))
}

// tooDeep counts brackets outside of texts, before anything recurs.
func tooDeep(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}

// check holds every member of the operation to its shape.
func (r *Request) check() error {
	c := &checker{}
	for i := range r.Operation.Input {
		m := &r.Operation.Input[i]
		c.clear = m.Clear
		switch m.In {
		case InPath:
			c.pathMember(m, r.Path[m.Wire])
		case InQuery:
			c.queryMember(m, r.Query)
		default:
			if !m.Payload {
				c.bodyMember(m, r.Body)
			}
		}
	}
	return c.err()
}

func (c *checker) bodyMember(m *Member, body map[string]json.RawMessage) {
	raw, ok := body[m.Wire]
	switch {
	case ok:
		c.value(m.Shape, raw, m.Wire)
	case m.Required:
		c.absent(m.Wire)
	}
}

// pathMember leaves identifiers to the handler, which answers NotFound for one
// that names nothing, however it is spelled; only words of an enum are judged.
func (c *checker) pathMember(m *Member, value string) {
	if m.Shape.Enum != nil {
		c.word(m.Shape, value, m.Wire)
	}
}

// A parameter without a value is absent: SDKs leave empty ones in the URL. Lists
// repeat their name (Smithy, httpQuery).
func (c *checker) queryMember(m *Member, q url.Values) {
	values := q[m.Wire]
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		if m.Required {
			c.absent(m.Wire)
		}
		return
	}
	switch {
	case m.Shape.Type == List:
		for i, v := range values {
			c.word(m.Shape.Elem, v, m.Wire+"."+strconv.Itoa(i+1)+".member")
		}
	case m.Shape.Type == Boolean:
		if v := strings.ToLower(values[0]); v != "true" && v != "false" {
			c.broken(values[0], m.Wire, "Member must be true or false")
		}
	case m.Shape.Type == Integer || m.Wire == "maxResults":
		c.queryNumber(m, values[0])
	default:
		c.word(m.Shape, values[0], m.Wire)
	}
}

// queryNumber reads the numbers of the query. maxResults is a text in the model of
// most lists.
// Assumed: what is not a number is refused, and so is less than 1.
func (c *checker) queryNumber(m *Member, text string) {
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		c.broken(text, m.Wire, "Member must be an integer of 32 bits")
	case m.Shape.Type == Integer && m.Shape.Min != nil:
		c.bounds(m.Shape, n, m.Wire)
	case n < 1:
		c.broken(text, m.Wire, "Member must have value greater than or equal to 1")
	}
}
