package vtl

import (
	"context"
	"fmt"
	"slices"
	"testing"
)

// Who asks what is missing hears of that alone, and the rendering costs the same.
func TestMissing(t *testing.T) {
	tree, err := Parse("$input.path('$.a') $input.path('$.b')\n#if($nope.x)1#end $!quiet $context.stage")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	vars := &Vars{Text: `{"b":{"long":[1,2,3]}}`, Missing: func(text string, offset int) {
		line, column := tree.Place(offset)
		missing = append(missing, fmt.Sprintf("%d:%d %s", line, column, text))
	}}
	out, err := tree.Append(context.Background(), nil, vars)
	if err != nil || string(out) != " {long=[1,2,3]}\n1  " {
		t.Errorf("got %q %v", out, err)
	}
	want := []string{"1:1 $input.path('$.a')", "2:5 $nope.x", "2:19 $!quiet", "2:27 $context.stage"}
	if !slices.Equal(missing, want) {
		t.Errorf("got %q, want %q", missing, want)
	}
}
