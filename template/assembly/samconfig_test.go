package assembly

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                               nil,
		"  A=1   B=2\n\tC=3 ":            {"A=1", "B=2", "C=3"},
		`A="two words" B='it is "so"'`:   {"A=two words", `B=it is "so"`},
		`A=\"quoted\" B=a\ b`:            {`A="quoted"`, "B=a b"},
		`A="" B=`:                        {"A=", "B="},
		`ParameterKey=A,ParameterValue=`: {"ParameterKey=A,ParameterValue="},
		`A="open`:                        {"A=open"},
	} {
		if got := words(text); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// Names of folders become names that a stack may have, and that functions' names may
// begin with.
func TestStackName(t *testing.T) {
	for name, want := range map[string]string{
		"shop": "shop", "my shop.v2": "my-shop-v2", "2024": "s2024", "": "stack", "läden": "l-den", "-a": "sa",
		strings.Repeat("n", 200): strings.Repeat("n", 128),
	} {
		if got := stackName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
