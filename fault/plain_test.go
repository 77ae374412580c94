package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	var row struct {
		Name  string
		Count int
		Flag  *bool
		List  []string
		Inner struct{ Deep float64 }
	}
	for text, want := range map[string]string{
		`{"name":1}`:              "name: expected a text, got a number",
		`{"count":"x"}`:           "count: expected an integer, got a text",
		`{"count":1.5}`:           "count: expected an integer, got number 1.5",
		`{"flag":"x"}`:            "flag: expected true or false, got a text",
		`{"list":{}}`:             "list: expected a list, got an object",
		`{"inner":[]}`:            "inner: expected an object, got a list",
		`{"inner":{"deep":true}}`: "inner.deep: expected a number, got true or false",
		`[]`:                      "expected an object, got a list",
		`{`:                       "unexpected end of JSON input",
	} {
		err := fmt.Errorf("around: %w", json.Unmarshal([]byte(text), &row))
		if got := strings.ToLower(Plain(err)); !strings.Contains(got, strings.ToLower(want)) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"plain":                      "plain",
		"yaml: line 1: did not find": "line 1: did not find",
		"json: yaml: x":              "x",
		"FILE: yaml: line 3: x":      "FILE: line 3: x",
		"a\njson: b":                 "a\nb",
		`flag: strconv.ParseInt: parsing "many": invalid syntax`:                             `flag: "many": invalid syntax`,
		`time: invalid duration "x"`:                                                         `invalid duration "x"`,
		"no answer: tls: x509: unknown":                                                      "no answer: unknown",
		"http://a: http: server closed":                                                      "http://a: server closed",
		"at 10:20: json is fine, time: is it":                                                "at 10:20: json is fine, time: is it",
		"json: cannot unmarshal string into Go struct field row.members.count of type int32": "count: unexpected string",
		"json: cannot unmarshal array into Go value of type map[string]document.row":         "unexpected array",
		"line 2: cannot unmarshal !!str `abc` into int":                                      "line 2: unexpected str",
		"dial tcp 127.0.0.1:1: connect: connection refused":                                  "dial tcp 127.0.0.1:1: connect: connection refused",
	} {
		if got := Plain(errors.New(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if Plain(nil) != "" {
		t.Error("something is said of no error")
	}
}

// An error says its message once, and not which operation it came by.
func TestErrorsReadPlainly(t *testing.T) {
	for want, err := range map[string]error{
		"no such route":         E("control.GetRoute", New(NotFound, "no such route")),
		"full: disk":            E("a.B", E("c.D", &Error{Kind: Unavailable, Message: "full", Err: errors.New("disk")})),
		"disk":                  E("a.B", E("c.D", errors.New("disk"))),
		"outer: no such route":  &Error{Message: "outer", Err: New(NotFound, "no such route")},
		"around: no such route": E("a.B", fmt.Errorf("around: %w", New(NotFound, "no such route"))),
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
