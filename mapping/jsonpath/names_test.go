package jsonpath

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// A path of names is compiled without the parser, to what the parser makes of it.
func TestPathsOfNames(t *testing.T) {
	doc, err := json.ParseStrict(`{"a":{"b":{"a":1,"_":[2]},"a-1":"x","1":null},"b":[{"a":3}],"_":"text","":{"a":4}}`)
	if err != nil {
		t.Fatal(err)
	}
	pieces := strings.Split("$ . a b _ a-1 1 .. [0] ['a'] * é length() a:b", " ")
	r, ofNames := rand.New(rand.NewSource(1)), 0
	for range 20_000 {
		path := "$."
		for range r.Intn(7) {
			path += pieces[r.Intn(len(pieces))]
		}
		quick := compileNames(path)
		if quick == nil {
			continue
		}
		ofNames++
		want, err := (&parser{src: path}).path()
		if err != nil {
			t.Fatalf("%s: compiled as names, and the parser says %v", path, err)
		}
		want.source = path
		want.finish()
		if !slices.Equal(quick.Names(), want.Names()) || quick.Definite() != want.Definite() || quick.Chain() != want.Chain() || quick.String() != want.String() {
			t.Fatalf("%s: %+v, by the parser %+v", path, quick, want)
		}
		got, found, _ := quick.Eval(doc.Root())
		other, exists, _ := want.Eval(doc.Root())
		if got != other || found != exists {
			t.Fatalf("%s: %v %v, by the parser %v %v", path, got, found, other, exists)
		}
	}
	if ofNames < 100 {
		t.Errorf("only %d paths were of names", ofNames)
	}
}
