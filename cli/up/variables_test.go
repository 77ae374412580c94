package up

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDotenv(t *testing.T) {
	for _, row := range []struct {
		text string
		want map[string]string
	}{
		{"", map[string]string{}},
		{"\ufeffA=1\r\nB = two words # and a comment\n\n# C=3\nexport D=4\nE=\nF=#none\nG=a#b", map[string]string{"A": "1", "B": "two words", "D": "4", "E": "", "F": "", "G": "a#b"}},
		{`A="x # y\n\"z\"" # said` + "\nB='$HOME \\n'\nC=a=b", map[string]string{"A": "x # y\n\"z\"", "B": `$HOME \n`, "C": "a=b"}},
		{"KEY=\"-----BEGIN\nmiddle\nEND-----\"\nNEXT=1", map[string]string{"KEY": "-----BEGIN\nmiddle\nEND-----", "NEXT": "1"}},
	} {
		got, err := dotenv(row.text)
		if err != nil || !cmp.Equal(got, row.want) {
			t.Errorf("%q: got %q, %v, want %q", row.text, got, err, row.want)
		}
	}
	for text, want := range map[string]string{"A=1\nnothing": "line 2", "=1": "line 1", "A B=1": "line 1", "A=1\nB='open\nC=2": "not closed", `A="x" y`: "follows"} {
		if _, err := dotenv(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestSamVariables(t *testing.T) {
	v := &variables{all: map[string]string{"FILE": "1", "X": "file"}, own: map[string]map[string]string{}}
	if err := v.sam([]byte(`{"Parameters": {"X": "all", "N": 3.5, "T": true, "NULL": null}, "Fn": {"X": "own", "AWS_REGION": "no"}}`)); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"X": "template", "KEPT": "yes"}
	v.into(env, "Fn", "physical")
	want := map[string]string{"X": "own", "KEPT": "yes", "FILE": "1", "N": "3.5", "T": "true", "NULL": ""}
	if !cmp.Equal(env, want) {
		t.Errorf("got %v, want %v", env, want)
	}
	for _, wrong := range []string{"", "[]", `{"Fn": 1}`, `{"Fn": {"X": {}}}`} {
		if err := v.sam([]byte(wrong)); err == nil {
			t.Errorf("%s: got no error", wrong)
		}
	}
}
