package lambda

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

// condition is one operator on one key of a statement's Condition. Its values are
// alternatives; of a negated operator none may match.
// Documented: IAM User Guide, Conditions with multiple context keys or values.
type condition struct {
	key      string // lower case: keys have no case
	matches  func(have, value string) bool
	negate   bool
	ifExists bool // met if the request does not have the key
	null     bool // the operator Null: about whether the key is there
	values   []string
}

// operator compares what a request has with a value of the policy.
type operator struct {
	matches func(have, value string) bool
	negate  bool
	valid   func(value string) bool // nil if any value is
}

// operatorNamed finds an operator as IAM writes it. The "Not" forms are the
// negation of the others.
// Documented: IAM User Guide, IAM JSON policy elements: Condition operators. The
// Arn operators are left out: nothing that a gateway knows of a caller is an ARN.
func operatorNamed(name string) (operator, bool) {
	family, order := "", ""
	for _, f := range []string{"Numeric", "Date"} {
		if after, ok := strings.CutPrefix(name, f); ok {
			family, order = f, after
		}
	}
	if family != "" {
		holds, ok := orders[order]
		read := number64
		if family == "Date" {
			read = seconds
		}
		return operator{compare(read, holds), order == "NotEquals", func(v string) bool { _, ok := read(v); return ok }}, ok
	}
	op, ok := operators[name]
	return op, ok
}

var operators = map[string]operator{
	"StringEquals":              {equal, false, nil},
	"StringNotEquals":           {equal, true, nil},
	"StringEqualsIgnoreCase":    {strings.EqualFold, false, nil},
	"StringNotEqualsIgnoreCase": {strings.EqualFold, true, nil},
	"StringLike":                {like, false, nil},
	"StringNotLike":             {like, true, nil},
	"Bool":                      {strings.EqualFold, false, nil},
	"IpAddress":                 {within, false, isBlock},
	"NotIpAddress":              {within, true, isBlock},
}

// orders say which results of a comparison an operator takes.
var orders = map[string]func(int) bool{
	"Equals":            func(c int) bool { return c == 0 },
	"NotEquals":         func(c int) bool { return c == 0 },
	"LessThan":          func(c int) bool { return c < 0 },
	"LessThanEquals":    func(c int) bool { return c <= 0 },
	"GreaterThan":       func(c int) bool { return c > 0 },
	"GreaterThanEquals": func(c int) bool { return c >= 0 },
}

// parseConditions reads {operator: {key: value or values}}. known is false if any
// of it cannot be evaluated: a statement is then taken in its stricter meaning,
// see judge.
func parseConditions(text json.RawMessage) (conditions []condition, known bool) {
	if len(text) == 0 {
		return nil, true
	}
	var raw map[string]map[string]scalars
	if json.Unmarshal(text, &raw) != nil {
		return nil, false
	}
	for name, keys := range raw {
		name, ifExists := strings.CutSuffix(name, "IfExists")
		op, ok := operatorNamed(name)
		null := name == "Null" && !ifExists
		if !ok && !null {
			return nil, false
		}
		for key, values := range keys {
			key = strings.ToLower(key)
			if !evaluated(key) || len(values) == 0 || hasVariable(values) || !op.takes(values) {
				return nil, false
			}
			conditions = append(conditions, condition{key, op.matches, op.negate, ifExists, null, values})
		}
	}
	return conditions, true
}

// takes reports whether all values can be compared with.
func (op operator) takes(values []string) bool {
	return op.valid == nil || !slices.ContainsFunc(values, func(v string) bool { return !op.valid(v) })
}

// evaluated lists the keys of which a gateway knows the value.
// Documented: API Gateway Developer Guide, AWS condition keys that can be used in
// API Gateway resource policies.
func evaluated(key string) bool {
	switch key {
	case "aws:sourceip", "aws:currenttime", "aws:epochtime", "aws:useragent", "aws:referer", "aws:securetransport":
		return true
	}
	return false
}

// fact is the value of a key in a request, and whether it has it.
func fact(r *authorizer.Request, key string) (string, bool) {
	header := func(name string) (string, bool) {
		if r.HTTP == nil {
			return "", false
		}
		v := r.HTTP.Header.Get(name)
		return v, v != ""
	}
	switch key {
	case "aws:sourceip":
		return r.SourceIP, r.SourceIP != ""
	case "aws:currenttime":
		return time.Now().UTC().Format(time.RFC3339Nano), true
	case "aws:epochtime":
		return strconv.FormatInt(time.Now().Unix(), 10), true
	case "aws:useragent":
		return header("User-Agent")
	case "aws:referer":
		return header("Referer")
	case "aws:securetransport":
		// Unlike AWS, whose endpoints have TLS only, we also listen without.
		return strconv.FormatBool(r.Secure), true
	}
	return "", false
}

// met evaluates the condition for a request.
// Documented: IAM User Guide, IAM JSON policy elements: Condition operators:
// without the key, negated operators and those with IfExists are met and others
// are not; Null asks for the key alone.
func (c *condition) met(r *authorizer.Request) bool {
	have, there := fact(r, c.key)
	if c.null {
		return strings.EqualFold(c.values[0], strconv.FormatBool(!there))
	}
	if !there {
		return c.ifExists || c.negate
	}
	for _, value := range c.values {
		if c.matches(have, value) {
			return !c.negate
		}
	}
	return c.negate
}

func equal(have, value string) bool { return have == value }

func like(have, value string) bool { return glob(value, have) }

// within reports whether an address lies in a block, or is the address. An IPv4
// address within an IPv6 one (RFC 4291 section 2.5.5.2) is the IPv4 address:
// which of the two a listener sees depends on its socket.
func within(have, value string) bool {
	address, err := netip.ParseAddr(have)
	block, ok := parseBlock(value)
	return err == nil && ok && block.Contains(address.Unmap())
}

func isBlock(value string) bool { _, ok := parseBlock(value); return ok }

func parseBlock(value string) (netip.Prefix, bool) {
	if block, err := netip.ParsePrefix(value); err == nil {
		return block, true
	}
	address, err := netip.ParseAddr(value)
	if err != nil {
		return netip.Prefix{}, false
	}
	address = address.Unmap()
	return netip.PrefixFrom(address, address.BitLen()), true
}

// compare makes an operator of an order. What cannot be read does not match.
func compare(read func(string) (float64, bool), holds func(int) bool) func(have, value string) bool {
	return func(have, value string) bool {
		a, aok := read(have)
		b, bok := read(value)
		if !aok || !bok {
			return false
		}
		switch {
		case a < b:
			return holds(-1)
		case a > b:
			return holds(1)
		}
		return holds(0)
	}
}

func number64(s string) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n == n
}

// seconds reads a date of ISO 8601 or in seconds since 1970, both of which IAM
// takes.
func seconds(s string) (float64, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return float64(t.UnixNano()) / 1e9, true
		}
	}
	return number64(s)
}

// scalars is a value or a list of values; numbers and booleans count as text.
type scalars []string

func (s *scalars) UnmarshalJSON(text []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		list = []json.RawMessage{text}
	}
	for _, raw := range list {
		var item string
		if json.Unmarshal(raw, &item) != nil {
			if len(raw) == 0 || strings.ContainsRune("{[n", rune(raw[0])) {
				return authorizer.ErrNoObject
			}
			item = string(raw)
		}
		*s = append(*s, item)
	}
	return nil
}
