package param

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
)

// Place is where a parameter is put.
type Place uint8

// The places of parameters.
const (
	Header Place = iota + 1
	Query
	Path   // in V1 a variable of the address, in V2 the whole path
	Status // the status code of a response
)

// MaxValue is the longest value of a mapping, in characters.
const MaxValue = 512

// The members of the management API that hold mappings.
const (
	RequestParameters  = "RequestParameters"
	ResponseParameters = "ResponseParameters"
)

// Error tells which rule a mapping breaks.
type Error struct {
	Member string // RequestParameters or ResponseParameters
	Key    string
	Rule   string
	Text   string // what AWS says, where that is known
}

// Error is AWS's text, or the rule with its place.
func (e *Error) Error() string {
	if e.Text != "" {
		return e.Text
	}
	return "Invalid " + e.Member + ": " + strconv.Quote(e.Key) + ": " + e.Rule
}

// wrong is the error of a value that breaks a rule.
//
// Observed: the text for a value that is no expression, whatever is wrong with it.
func wrong(member, key, value, rule string) *Error {
	e := &Error{Member: member, Key: key, Rule: rule}
	if rest, ok := strings.CutPrefix(rule, noExpression); ok {
		e.Rule = strings.TrimPrefix(rest, ": ")
		e.Text = "Invalid mapping expression specified: " + value
	}
	return e
}

// noExpression begins the rules that a value breaks which is no expression.
const noExpression = "no expression"

// name tells whether a parameter's name is well formed: ^[a-zA-Z0-9._$-]+$.
func name(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("._$-", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// length checks that a value has 1 to 512 characters.
func length(value string) string {
	if n := utf8.RuneCountInString(value); n < 1 || n > MaxValue {
		return "the value must be 1 to 512 characters long"
	}
	return ""
}

// value is what a parameter is set to: static text or an expression.
type value struct {
	text string
	expr *expr.Expression // nil: static
}

// eval is the text of a value; empty text from an expression is no value.
func (v *value) eval(vars expr.Variables) (string, error) {
	if v.expr == nil {
		return v.text, nil
	}
	text, err := v.expr.Eval(vars)
	if err == expr.ErrNotJSON {
		return "", nil // nothing to read in such a body
	}
	return text, err
}
