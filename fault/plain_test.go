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
		"yaml: line 1: did not find": "line 1: did not find", "json: yaml: x": "x", "plain": "plain",
		"json: cannot unmarshal x into Go value of type y": "cannot unmarshal x into value of type y",
	} {
		if got := Plain(errors.New(text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if Plain(nil) != "" {
		t.Error("something is said of no error")
	}
}
