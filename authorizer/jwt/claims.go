package jwt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
)

// claims are the payload of a token: the few that are judged, and all that it says.
type claims struct {
	issuer    string
	audience  []string // aud, or client_id if there is no aud
	expires   time.Time
	notBefore time.Time // zero if the token does not say
	issued    time.Time // zero if the token does not say
	scopes    []string
	all       []claim // in their order
}

// claim is one of them, as package json reads it.
type claim struct {
	name  string
	value any
}

// parseClaims reads a payload, in its order; of a name that comes twice the last
// value counts, which is one of the two ways that RFC 7519 section 4 leaves.
func parseClaims(payload []byte) (*claims, error) {
	members, err := authorizer.Members(payload)
	if errors.Is(err, authorizer.ErrNoObject) {
		return nil, errors.New("the token's claims are no JSON object")
	}
	if err != nil {
		return nil, errors.New("the token's claims are not valid JSON")
	}
	c := &claims{all: make([]claim, 0, len(members))}
	values := make(map[string]any, len(members))
	for _, m := range members {
		value, err := decode(m.Value)
		if err != nil {
			return nil, errors.New("the token's claims are not valid JSON")
		}
		values[m.Name] = value
		c.all = append(c.all, claim{m.Name, value})
	}
	return c, c.judge(values)
}

// decode keeps numbers as they are written.
func decode(raw json.RawMessage) (value any, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err = dec.Decode(&value)
	return value, err
}

// judge reads the claims that decide. One of a wrong type is an error, so that
// "exp": "never" is not taken for no exp.
//
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with JWT
// authorizers: client_id counts only without aud, which is how Cognito's access
// tokens are told apart; scopes are those of scope and of scp.
func (c *claims) judge(values map[string]any) error {
	var ok bool
	if c.issuer, ok = values["iss"].(string); !ok {
		return errIssuer
	}
	if c.audience, ok = list(values["aud"], false); !ok {
		return errAudience
	}
	if _, has := values["aud"]; !has {
		if c.audience, ok = list(values["client_id"], false); !ok {
			return errAudience
		}
	}
	for name, at := range map[string]*time.Time{"exp": &c.expires, "nbf": &c.notBefore, "iat": &c.issued} {
		if value, has := values[name]; has {
			if *at, ok = date(value); !ok {
				return fmt.Errorf("the token's %s is not a time", name)
			}
		}
	}
	scope, _ := list(values["scope"], true)
	scp, _ := list(values["scp"], true)
	c.scopes = append(scope, scp...)
	return nil
}

// Assumed: these texts; AWS's for the audience was observed.
var (
	errAudience = errors.New("the token does not have a valid audience")
	errIssuer   = errors.New("the token does not have a valid issuer")
	errExpired  = errors.New("the token has expired")
	errEarly    = errors.New("the token is not valid yet")
	errIssued   = errors.New("the token was issued in the future")
)

// check holds the claims against what is configured: iss, aud, exp, nbf and iat
// (RFC 7519 sections 4.1.1 to 4.1.6). The issuer is compared to the letter, a
// slash at its end included. No leeway is documented, so there is none; a token
// without exp never gets in.
func (c *claims) check(issuer string, audience []string, now time.Time) error {
	switch {
	case c.issuer != issuer:
		return errIssuer
	case !slices.ContainsFunc(c.audience, func(a string) bool { return slices.Contains(audience, a) }):
		return errAudience
	case !now.Before(c.expires):
		return errExpired
	case c.notBefore.After(now):
		return errEarly
	case c.issued.After(now):
		return errIssued
	}
	return nil
}

// list reads a claim that is one string or an array of strings (RFC 7519 section
// 4.1.3); split divides strings at spaces, as scopes are written (RFC 6749
// section 3.3). An absent claim is an empty list.
func list(value any, split bool) ([]string, bool) {
	var items []string
	add := func(s string) {
		if split {
			items = append(items, strings.Fields(s)...)
		} else {
			items = append(items, s)
		}
	}
	switch v := value.(type) {
	case nil:
	case string:
		add(v)
	case []any:
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, false
			}
			add(s)
		}
	default:
		return nil, false
	}
	return items, true
}

// date reads a NumericDate (RFC 7519 section 2): seconds, maybe with a fraction.
// A time so far off that it cannot be reckoned with is none.
func date(value any) (time.Time, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := n.Float64()
	if err != nil || math.Abs(seconds) > 1e11 {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), true
}

// handedOn are all claims as they are handed on. It is for tokens that were verified: what is
// nested thousands deep, in a token that anybody may have written, costs a thousand times as much
// to word as to read.
func (c *claims) handedOn() exchange.Values {
	all := make(exchange.Values, len(c.all))
	for i, claim := range c.all {
		all[i] = exchange.Value{Name: claim.name, Value: text(claim.value)}
	}
	return all
}

// text writes a claim as AWS hands it on: a string, whatever it was.
// Observed: numbers in decimal, arrays as [a b], booleans as true.
// Assumed: objects as map[k:v] and null as <nil>, in the same Go style.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return "<nil>"
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return decimal(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = text(item)
		}
		return "[" + strings.Join(items, " ") + "]"
	case map[string]any:
		items := make([]string, 0, len(v))
		for name, item := range v {
			items = append(items, name+":"+text(item))
		}
		slices.Sort(items)
		return "map[" + strings.Join(items, " ") + "]"
	}
	return ""
}

// decimal writes a number without an exponent, if it has a reasonable one: 1e9
// would otherwise be another text than the same time written out.
func decimal(n json.Number) string {
	if !strings.ContainsAny(string(n), "eE") {
		return string(n)
	}
	f, err := n.Float64()
	if err != nil || math.Abs(f) > 1e21 {
		return string(n)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
