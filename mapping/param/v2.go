package param

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
)

// Action is what a mapping of an HTTP API does to a parameter.
type Action uint8

// The actions, in the order in which they are applied.
//
// Assumed: removals come first, so that a parameter can be removed and set anew.
const (
	Remove Action = iota
	Overwrite
	Append
)

// V2 is one mapping of an HTTP API.
type V2 struct {
	Action Action
	Place  Place
	Name   string // "" for Path and Status
	// From and To are the mapping as its owner has written it.
	From, To string
	value    value
	cut      bool // reads a path of a body
}

// Value is what the mapping sets, for whoever shows it; ok is false where its source leads
// nowhere, so that nothing is set.
func (m *V2) Value(vars expr.Variables) (text string, ok bool, err error) {
	if m.Action == Remove {
		return "", true, nil
	}
	text, err = m.eval(vars)
	return text, err == nil && (text != "" || m.value.expr == nil), err
}

// Message is what mappings are applied to: a request or a response.
type Message interface {
	// Append adds a value to those of a header or query parameter.
	Append(p Place, name, value string)
	// Overwrite sets a header, a query parameter, the path or the status.
	Overwrite(p Place, name, value string)
	// Remove takes a header or query parameter away.
	Remove(p Place, name string)
}

// ParseV2Request reads a member of an HTTP API's request parameters:
//
//	{append|overwrite|remove}:{header|querystring}.{name}  or  overwrite:path
//
// The value is static text or an expression of package expr, for remove ”.
// Errors are *Error.
//
// Documented: API Gateway Developer Guide, Transform API requests and responses
// for HTTP APIs.
func ParseV2Request(key, value string) (*V2, error) {
	m, err := parseV2(RequestParameters, key, value, map[string]Place{"header": Header, "querystring": Query}, "path", Path)
	if err != nil {
		return nil, err
	}
	if rule := m.value.asked(); rule != "" {
		return nil, wrong(RequestParameters, key, value, rule)
	}
	return m, nil
}

// ParseV2Response reads one parameter mapping of a response:
//
//	{append|overwrite|remove}:header.{name}  or  overwrite:statuscode
//
// Errors are *Error.
//
// Documented: API Gateway Developer Guide, Transform API requests and responses
// for HTTP APIs.
func ParseV2Response(key, value string) (*V2, error) {
	m, err := parseV2(ResponseParameters, key, value, map[string]Place{"header": Header}, "statuscode", Status)
	if err != nil {
		return nil, err
	}
	if m.Place == Status {
		if rule := statusRule(&m.value); rule != "" {
			return nil, wrong(ResponseParameters, key, value, rule)
		}
	}
	return m, nil
}

// CheckStatusKey checks the key under which mappings of a response are kept: a
// status code from 200 to 599, that of the backend's answer. Errors are *Error.
// Documented: API Gateway V2 API Reference, Integrations, responseParameters.
func CheckStatusKey(key string) error {
	if n, err := strconv.Atoi(key); err != nil || len(key) != 3 || n < 200 || n > 599 {
		return &Error{Member: ResponseParameters, Key: key, Rule: "the key must be a status code from 200 to 599", Text: "Status Code " + key + " is not valid."}
	}
	return nil
}

func statusRule(v *value) string {
	if v.expr != nil {
		return ""
	}
	if n, err := strconv.Atoi(v.text); err != nil || n < 100 || n > 599 {
		return "the value must be a status code"
	}
	return ""
}

// parseV2 reads a mapping whose named parameters are at places and whose one
// unnamed target is single.
func parseV2(member, key, text string, places map[string]Place, single string, at Place) (m *V2, err error) {
	m = &V2{From: text, To: key}
	verb, target, ok := strings.Cut(key, ":")
	switch verb {
	case "append":
		m.Action = Append
	case "overwrite":
		m.Action = Overwrite
	case "remove":
		m.Action = Remove
	default:
		ok = false
	}
	place, named, dotted := strings.Cut(target, ".")
	m.Place, m.Name = places[place], named
	if target == single && m.Action == Overwrite {
		m.Place = at
	} else if !dotted || m.Place == 0 {
		ok = false
	}
	rule := ""
	switch {
	case !ok:
		// Observed: the text, which says Request or Response.
		return nil, &Error{Member: member, Key: key, Rule: "the name must have the form " + formsV2(places, single),
			Text: "Invalid " + strings.TrimSuffix(member, "Parameters") + " Actioned Parameter destination specified: " + key}
	case m.Place != at && !headerName(named):
		rule = "the parameter has no valid name"
	case m.Place == Header && reserved(named):
		rule = "the header " + named + " is reserved"
	default:
		rule = m.parseValue(text)
	}
	if rule != "" {
		return nil, wrong(member, key, text, rule)
	}
	return m, nil
}

func formsV2(places map[string]Place, single string) string {
	forms := "{append|overwrite|remove}:header.{name}"
	if len(places) > 1 {
		forms = "{append|overwrite|remove}:{header|querystring}.{name}"
	}
	return forms + " or overwrite:" + single
}

func (m *V2) parseValue(text string) (rule string) {
	if m.Action == Remove {
		if text != "" && text != "''" {
			return "the value of remove must be ''"
		}
		return ""
	}
	m.value, rule = expression(text, expr.HTTPParameter)
	m.cut = m.value.readsBody()
	return rule
}

// expression reads a value of an HTTP API's mapping.
//
// Observed: names may have neither colons nor brackets, in quotes or not:
// $context.authorizer.claims.custom:key is refused. Assumed: so is a colon right
// behind any other variable without braces.
func expression(text string, at expr.Place) (v value, rule string) {
	if rule := length(text); rule != "" {
		return v, rule
	}
	e, err := expr.Parse(text)
	switch {
	case err != nil:
		return v, noExpression + ": " + err.Error()
	case e.Colon():
		return v, noExpression + ": a name cannot have a colon; a variable before one stands in braces"
	}
	if static, ok := e.Static(); ok {
		return value{text: static}, ""
	}
	for _, ref := range e.Refs() {
		if isBody(ref.Kind) && (strings.HasPrefix(ref.Name, ".") || strings.Contains(ref.Name, "..") || strings.Contains(ref.Name, "?")) {
			return v, noExpression + ": the JSON path must not use .. or filters"
		}
	}
	return value{expr: e.In(at)}, ""
}

// asked holds a value of a request to what there is before a backend has answered.
func (v *value) asked() (rule string) {
	if v.expr == nil {
		return ""
	}
	for _, ref := range v.expr.Refs() {
		switch ref.Kind {
		case expr.ResponseBody, expr.ResponseHeader, expr.ResponseMultiHeader, expr.ResponseStatus:
			return noExpression + ": there is no response yet"
		}
	}
	return ""
}

func isBody(k expr.Kind) bool { return k == expr.RequestBody || k == expr.ResponseBody }

// readsBody tells whether a value reads a path of a body.
func (v *value) readsBody() bool {
	if v.expr == nil {
		return false
	}
	return slices.ContainsFunc(v.expr.Refs(), func(r expr.Ref) bool { return isBody(r.Kind) && r.Name != "" })
}

// headerName tells whether a name may be that of a header or query parameter.
func headerName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7F || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return s != ""
}

// reserved tells whether a header belongs to the gateway.
// Documented: API Gateway Developer Guide, Transform API requests and responses
// for HTTP APIs, Reserved headers.
func reserved(header string) bool {
	h := strings.ToLower(header)
	switch h {
	case "authorization", "connection", "content-encoding", "content-length", "content-location", "forwarded",
		"keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
		"upgrade", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via":
		return true
	}
	for _, prefix := range []string{"access-control-", "apigw-", "x-amz-", "x-amzn-"} {
		if strings.HasPrefix(h, prefix) {
			return true
		}
	}
	return false
}

// Rules are the mappings of one request or response, ready to be applied.
type Rules []*V2

// Sort puts the mappings into the order in which they are applied: by action,
// then place, then name.
func (r Rules) Sort() {
	slices.SortFunc(r, func(a, b *V2) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Place, b.Place), strings.Compare(a.Name, b.Name))
	})
}

// Apply applies the mappings in order. One whose expression leads nowhere is
// passed over. The first error of evaluating is returned after all were tried.
//
// Assumed: an empty value of an expression leads nowhere.
func (r Rules) Apply(m Message, vars expr.Variables) error {
	var first error
	for _, rule := range r {
		if rule.Action == Remove {
			m.Remove(rule.Place, rule.Name)
			continue
		}
		text, err := rule.eval(vars)
		if err != nil && first == nil {
			first = err
		}
		if err != nil || text == "" && rule.value.expr != nil {
			continue
		}
		if rule.Action == Append {
			m.Append(rule.Place, rule.Name, text)
		} else {
			m.Overwrite(rule.Place, rule.Name, text)
		}
	}
	return first
}

// Path is the path that a mapping of a request makes, with the variables as write
// has them; ok is false where no mapping makes one.
func (r Rules) Path(write func(expr.Ref) string) (path string, ok bool) {
	for _, rule := range r {
		if rule.Place != Path {
			continue
		}
		if rule.value.expr == nil {
			return rule.value.text, true
		}
		return rule.value.expr.Write(write), true
	}
	return "", false
}

func (m *V2) eval(vars expr.Variables) (string, error) {
	if m.cut {
		vars = cutBody{vars}
	}
	return m.value.eval(vars)
}

// maxBody is how much of a body is looked at by a value that reads a path of it.
// Documented: API Gateway Developer Guide, Transform API requests and responses
// for HTTP APIs.
const maxBody = 100 << 10

// cutBody shows only the beginning of bodies. A body that was cut is not JSON any
// more.
type cutBody struct{ expr.Variables }

// Body implements expr.Variables.
func (c cutBody) Body(k expr.Kind) []byte {
	b := c.Variables.Body(k)
	return b[:min(len(b), maxBody)]
}
