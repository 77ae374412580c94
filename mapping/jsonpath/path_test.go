package jsonpath

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

const shop = `{"store":{"book":[
 {"cat":"ref","price":8.95,"t":"A","n":1},
 {"cat":"fic","price":12.99,"t":"B","isbn":"x1"},
 {"cat":"fic","price":9,"t":"C","isbn":null,"tags":["p","q"]}],
 "bike":{"color":"red","price":19.95,"a-b":3,"sp ace":4,"it's":5}},
 "limit":10,"e":[],"o":{},"nul":null,"arr":[[1,2],[3,[4]],{"x":1}],"s":"str","mix":["5",5,true,null,{"x":5},[5]],
 "deep":{"id":1,"l":[{"id":2,"k":{"id":3}}]}}`

// missing is what a path that leads nowhere is shown as.
const missing = "missing"

func read(t *testing.T, doc, path string) string {
	t.Helper()
	p, err := Compile(path)
	if err != nil {
		t.Fatalf("Compile(%q): %v", path, err)
	}
	d, err := json.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	n, found, err := p.Eval(d.Root())
	switch {
	case err != nil:
		return "error: " + err.Error()
	case !found:
		return missing
	}
	return n.JSON()
}

func TestSteps(t *testing.T) {
	for _, tt := range []struct{ name, path, want string }{
		{"name", "$.limit", `10`},
		{"names", "$.store.bike.color", `"red"`},
		{"no dollar", "store.bike.color", `"red"`},
		{"at sign", "@.limit", `10`},
		{"spaces around", " $.limit ", `10`},
		{"brackets", "$['store']['bike']['color']", `"red"`},
		{"double quotes", `$["store"]["bike"].color`, `"red"`},
		{"brackets without dollar", "['s']", `"str"`},
		{"dot and brackets", "$.['s']", `"str"`},
		{"space in a name", "$.store.bike['sp ace']", `4`},
		{"escaped quote", `$.store.bike['it\'s']`, `5`},
		{"hyphen", "$.store.bike.a-b", `3`},
		{"null", "$.nul", `null`},
		{"missing", "$.nope", missing},
		{"missing below", "$.nope.x", missing},
		{"below a string", "$.s.x", missing},
		{"below null", "$.nul.x", missing},
		{"name of an array", "$.store.book.t", missing},
		{"index", "$.store.book[0].t", `"A"`},
		{"index with spaces", "$.store.book[ 0 ].t", `"A"`},
		{"index out of range", "$.store.book[9]", missing},
		{"index of an object", "$.store.bike[0]", missing},
		{"negative index", "$.store.book[-1].t", `"C"`},
		{"last by length", "$.store.book[(@.length-1)].t", `"C"`},
		{"last by length()", "$.store.book[(@.length() - 2)].t", `"B"`},
		{"indexes", "$.store.book[0,2].t", `["A","C"]`},
		{"an index out of range", "$.store.book[0, 9].t", missing},
		{"wildcard", "$.store.book[*].t", `["A","B","C"]`},
		{"wildcard of an object", "$.store.bike.*", `["red",19.95,3,4,5]`},
		{"wildcard of a scalar", "$.limit[*]", `[]`},
		{"wildcard of nothing", "$.e[*]", `[]`},
		{"slice", "$.store.book[0:2].t", `["A","B"]`},
		{"slice from", "$.store.book[1:].t", `["B","C"]`},
		{"slice to", "$.store.book[:1].t", `["A"]`},
		{"last two", "$.store.book[-2:].t", `["B","C"]`},
		{"all but the last", "$.store.book[:-1].t", `["A","B"]`},
		{"slice beyond the end", "$.store.book[:9].t", `["A","B","C"]`},
		{"empty slice", "$.store.book[2:1]", `[]`},
		{"several names", "$.store.bike['color','price']", `{"color":"red","price":19.95}`},
		{"several names, one missing", "$.store.bike['color','zz']", `{"color":"red"}`},
		{"several names of each", "$.store.book[*]['t','isbn']", `[{"t":"A"},{"t":"B","isbn":"x1"},{"t":"C","isbn":null}]`},
		{"several names on the way", "$.store['bike','book']['price']", "error: several names can only end a path"},
		{"wildcard passes over items of the wrong kind", "$.arr[*].x", `[1]`},
		{"wildcard of an object does not", "$.store.*.color", missing},
		{"deep scan", "$..t", `["A","B","C"]`},
		{"deep scan goes outside in", "$..id", `[1,2,3]`},
		{"deep scan without dollar", ".t", `["A","B","C"]`},
		{"deep scan on the way", "$.store..price", `[8.95,12.99,9,19.95]`},
		{"deep scan, then index", "$..book[0].t", `["A"]`},
		{"deep scan to an index", "$.arr..[0]", `[[1,2],1,3,4]`},
		{"deep scan to names", "$..['t','n']", `[{"t":"A","n":1}]`},
		{"deep scan of a scalar", "$.s..x", `[]`},
		{"indexes in arrays", "$.arr[0:2][1]", `[2,[4]]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := read(t, shop, tt.path); got != tt.want {
				t.Errorf("%s is %s, want %s", tt.path, got, tt.want)
			}
		})
	}
}

func TestFilters(t *testing.T) {
	for _, tt := range []struct{ name, filter, want string }{
		{"exists", "@.isbn", `["B"]`},
		{"does not exist", "!@.isbn", `["A","C"]`},
		{"less", "@.price < 10", `["A","C"]`},
		{"not more than a value elsewhere", "@.price <= $.limit", `["A","C"]`},
		{"greater, turned round", "10 > @.price", `["A","C"]`},
		{"equal", "@.cat == 'fic'", `["B","C"]`},
		{"equal in double quotes", `@.cat == "fic"`, `["B","C"]`},
		{"equal without spaces", "@.t=='A'", `["A"]`},
		{"literal first", "'fic' == @.cat", `["B","C"]`},
		{"not equal", "@.cat != 'fic'", `["A"]`},
		{"not equal of what is missing", "@.isbn != 'x1'", `["C"]`},
		{"null", "@.isbn == null", `["C"]`},
		{"not null", "@.isbn != null", `["B"]`},
		{"number and its text", "@.n == '1'", `["A"]`},
		{"number and a double", "@.n == 1.0", `["A"]`},
		{"number and boolean", "@.n == true", `[]`},
		{"texts in order", "@.t > 'A'", `["B","C"]`},
		{"and", "@.cat == 'fic' && @.price > 10", `["B"]`},
		{"or", "@.cat == 'ref' || @.price < 10", `["A","C"]`},
		{"and binds tighter", "@.price == 9 || @.price == 8.95 && @.cat == 'fic'", `["C"]`},
		{"parentheses", "(@.price < 10 && @.n) || @.tags", `["A","C"]`},
		{"not of parentheses", "!(@.price > 10)", `["A","C"]`},
		{"constant", "1 == 1", `["A","B","C"]`},
		{"bracket name", "@['cat'] == 'ref'", `["A"]`},
		{"path into arrays", "@.tags[0] == 'p'", `["C"]`},
		{"indefinite path exists", "@.tags[*]", `["C"]`},
		{"pattern", "@.cat =~ /f.*/", `["B","C"]`},
		{"pattern with flag", "@.cat =~ /F.*/i", `["B","C"]`},
		{"pattern matches all of it", "@.cat =~ /i/", `[]`},
		{"pattern with a slash", `@.cat =~ /re\/?f/`, `["A"]`},
		{"pattern on a number", "@.price =~ /9/", `["C"]`},
		{"in", "@.cat in ['ref','x']", `["A"]`},
		{"not in", "@.cat nin ['ref','x']", `["B","C"]`},
		{"in a list elsewhere", "@.t in $.store.book[*].t", `["A","B","C"]`},
		{"contains", "@.tags contains 'p'", `["C"]`},
		{"text contains", "@.cat contains 'ef'", `["A"]`},
		{"subset", "@.tags subsetof ['q','p','r']", `["C"]`},
		{"any of", "@.tags anyof ['z','p']", `["C"]`},
		{"none of", "@.tags noneof ['z']", `["C"]`},
		{"all", "@.tags all ['p','q']", `["C"]`},
		{"size", "@.tags size 2", `["C"]`},
		{"empty", "@.tags empty false", `["C"]`},
		{"type", "@.n type 'number'", `["A"]`},
		{"same type", "@.n === 1", `["A"]`},
		{"not the same", "@.n !== '1'", `["A"]`},
		{"length of an array", "@.tags.length() == 2", `["C"]`},
		{"list equality", "@.tags == ['p','q']", `["C"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := "$.store.book[?(" + tt.filter + ")].t"
			if got := read(t, shop, path); got != tt.want {
				t.Errorf("%s is %s, want %s", path, got, tt.want)
			}
		})
	}
}

func TestFilterPlaces(t *testing.T) {
	for _, tt := range []struct{ name, path, want string }{
		{"object", "$.store.bike[?(@.color == 'red')].price", `[19.95]`},
		{"object that does not meet it", "$.store.bike[?(@.color == 'blue')]", `[]`},
		{"deep", "$..[?(@.id)].id", `[1,2,3]`},
		{"item itself", "$.mix[?(@ == 5)]", `["5",5]`},
		{"item itself, ordered", "$.mix[?(@ > 4)]", `["5",5]`},
		{"mixed items", "$.mix[?(@.x == 5)]", `[{"x":5}]`},
		{"string", "$.s[?(@.x)]", "error: a filter cannot be applied to primitives"},
		{"strings among many", "$.mix[*][?(@ == 5)]", "error: a filter cannot be applied to primitives"},
		{"filter on a filter", "$.store.book[?(@.n)][?(@.price < 10)].t", `["A"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := read(t, shop, tt.path); got != tt.want {
				t.Errorf("%s is %s, want %s", tt.path, got, tt.want)
			}
		})
	}
}

func TestFunctions(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"$.store.book.length()", `3`},
		{"$.store.bike.length()", `5`},
		{"$.s.length()", missing},
		{"$.nope.length()", missing},
		{"$..price.sum()", `50.89`},
		{"$..price.max()", `19.95`},
		{"$..price.min()", `8.95`},
		{"$.arr[0].avg()", `1.5`},
		{"$.arr[0].stddev()", `0.5`},
		{"$.store.bike.keys()", `["color","price","a-b","sp ace","it's"]`},
		{"$.arr[0].first()", `1`},
		{"$.arr[0].last()", `2`},
		{"$.e.first()", missing},
		{"$.e.sum()", "error: a function was given no numbers"},
	} {
		if got := read(t, shop, tt.path); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.path, got, tt.want)
		}
	}
}

func TestRootsThatAreScalars(t *testing.T) {
	for _, tt := range []struct{ doc, path, want string }{
		{`5`, "$", `5`}, {`"x"`, "$.a", missing}, {`5`, "$[*]", missing}, {`null`, "$..a", missing}, {`[1]`, "$", `[1]`},
	} {
		if got := read(t, tt.doc, tt.path); got != tt.want {
			t.Errorf("%s of %s is %s, want %s", tt.path, tt.doc, got, tt.want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, path := range []string{"", " ", "$.", "$..", "$.store.", "$.a..", "$[", "$['a", "$['a'", "$[]", "$[a]", "$[1", "$[1:x]", "$[:]", "$store",
		"$.a b", "$.a...b", "$.a[?(@.x]", "$.a[?(@.x <)]", "$.a[?(@.x < 10 and 1)]", "$.a[?()]", "$.a[?(1)]", "$.a[?(@.x =~ 'x')]",
		"$.a[?(@.x =~ /(/)]", "$.a[?(@.x == /x/)]", "$.a[?(@.x =~ /x)]", "$.a.nonsense()", "$.a.length(1)", "$.a.length().b", "$.a[?(@.x in ['a')]",
		"$.a[?(@.x == -)]", "$.a[(@.size-1)]", strings.Repeat("a", MaxLength+1),
		"$[?(" + strings.Repeat("(", 100) + "1==1" + strings.Repeat(")", 100) + ")]", "$" + strings.Repeat("[?(@", 100)} {
		_, err := Compile(path)
		var e *SyntaxError
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "invalid path ") {
			t.Errorf("%.60q: got %v, want a syntax error", path, err)
		}
	}
}

func TestDefiniteAndNames(t *testing.T) {
	for path, want := range map[string]bool{"$": true, "$.a.b": true, "$['a','b']": true, "$.a[0]": true, "$[-1].x": true, "$..a.length()": true,
		"$.*": false, "$..a": false, "$[0,1]": false, "$[0:1]": false, "$[?(@.a)]": false, "$['a','b'].c": false} {
		p, err := Compile(path)
		if err != nil {
			t.Fatal(err)
		}
		if p.Definite() != want || p.String() != path {
			t.Errorf("%s is definite: %v, want %v", p, p.Definite(), want)
		}
	}
	p, err := Compile("$.a['b c']")
	if err != nil || strings.Join(p.Names(), "|") != "a|b c" {
		t.Errorf("the names are %q, %v", p.Names(), err)
	}
}

func TestResultsAreTheValuesThemselves(t *testing.T) {
	d, err := json.Parse(`{"l":[{"a":1},{"a":2}]}`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile("$.l[*]")
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := p.Eval(d.Root())
	if err != nil {
		t.Fatal(err)
	}
	first, _ := out.Item(0)
	first.Put("a", "changed")
	out.Insert(2, 3)
	if got, want := d.Root().JSON(), `{"l":[{"a":"changed"},{"a":2}]}`; got != want {
		t.Errorf("the payload is %s, want %s", got, want)
	}
}

func TestWorkIsBounded(t *testing.T) {
	list := strings.Repeat("[", 60) + strings.Repeat("1,", 2000) + "1" + strings.Repeat("]", 60)
	objects := "[" + strings.Repeat(`{"a":[1,2,3]},`, 3000) + "1]"
	for path, doc := range map[string]string{"$" + strings.Repeat("..*", 12): list, "$[?(@.a == $..a)]": objects, "$[?($..a anyof $..a)]": objects} {
		if got := read(t, doc, path); !strings.Contains(got, ErrTooMuch.Error()) {
			t.Errorf("%s: got %.60s, want %v", path, got, ErrTooMuch)
		}
	}
}

func TestPathsAreShared(t *testing.T) {
	p, err := Compile("$.store.book[?(@.price < $.limit && @.cat in ['ref','fic'] && @.t =~ /[A-C]/)].t")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				d, err := json.Parse(shop)
				if err != nil {
					t.Error(err)
					return
				}
				if n, _, err := p.Eval(d.Root()); err != nil || n.JSON() != `["A","C"]` {
					t.Errorf("got %s, %v", n.JSON(), err)
				}
				d.Release()
			}
		})
	}
	wg.Wait()
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"$..a[?(@.b == 1 && !(@.c =~ /x/i))]", "$['a','b'][0:2,1]", "a.b.length()", "$[?(@.x in [1,'a',null])]", "$[(@.length-1)]"} {
		f.Add(s, shop)
	}
	f.Fuzz(func(t *testing.T, path, doc string) {
		p, err := Compile(path)
		if err != nil {
			return
		}
		d, err := json.Parse(doc)
		if err != nil {
			return
		}
		defer d.Release()
		n, found, err := p.Eval(d.Root())
		if err == nil && found && !p.definite && p.call == nil && n.Kind() != json.Array {
			t.Fatalf("%q gives kind %d, want an array", path, n.Kind())
		}
	})
}

func BenchmarkEval(b *testing.B) {
	for _, path := range []string{"$.store.bike.color", "$.store.book[1].t", "$..t", "$.store.book[?(@.price < 10)].t"} {
		b.Run(path, func(b *testing.B) {
			p, err := Compile(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				d, err := json.Parse(shop)
				if err != nil {
					b.Fatal(err)
				}
				if _, found, err := p.Eval(d.Root()); !found || err != nil {
					b.Fatal(found, err)
				}
				d.Release()
			}
		})
	}
}

// An evaluation takes what it uses of a budget that it shares.
func TestEvalWithin(t *testing.T) {
	doc, err := json.Parse(`{"a":{"b":[1,2,3,4,5,6,7,8,9,10]}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"$.a.b", "$.a.b[3]", "$..b", "$.a.b[?(@ > 5)]", "$.*"} {
		p, err := Compile(path)
		if err != nil {
			t.Fatal(err)
		}
		left := 1000
		want, _, err := p.EvalWithin(doc.Root(), &left)
		if err != nil || left >= 1000 || left < 900 {
			t.Errorf("%s: %v, %d steps of 1000 left", path, err, left)
		}
		used := 1000 - left
		if v, _, err := p.EvalWithin(doc.Root(), &used); err != nil || v.JSON() != want.JSON() || used != 0 {
			t.Errorf("%s with what it needs: got %s, %v, %d steps left", path, v.JSON(), err, used)
		}
		used = 1000 - left - 1
		if _, _, err := p.EvalWithin(doc.Root(), &used); err != ErrTooMuch {
			t.Errorf("%s with one step less: got %v, want ErrTooMuch", path, err)
		}
	}
}
