package vtl_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// references are printed in all the ways that there are a short cut for, with values of
// which some take it and some do not.
const references = `#set($o = $input.path('$'))#set($s = "a'b")#set($n = 7)#set($none = $o.none)
$s $n $o $none $!none ${s}x \$s $o.t $o.n $o.big $o.d $o.b $o.nil $o.esc $o.none $o.list $o.in $o.in.t $o.long_name_of_a_member
$input.json('$.t') $input.json('$.list') $input.json('$.in') $input.json('$.none') $input.json('$.nil') $input.json('$.esc')
$util.escapeJavaScript($o.t) $util.escapeJavaScript($s) $util.escapeJavaScript($o.esc) $util.escapeJavaScript($o.list)
$util.escapeJavaScript($o.none) $util.escapeJavaScript($n) $util.escapeJavaScript($input.json('$.in')) $util.escapeJavaScript("x/$s")
#define($block)[$s $o.t]#end$block $util.escapeJavaScript($block) $block.none
$o.t.toUpperCase() $o.esc.toUpperCase() $o.esc.toLowerCase() $o.n.toUpperCase() $o.none.toLowerCase() $o.list.toLowerCase() $s.toUpperCase()
#foreach($e in $o.list)$e $foreach.hasNext #end#foreach($e in $o.mixed)<$e $e.t>#end#foreach($e in $o.list)#foreach($o in [1])$o#end#end
#set($o.t = 'changed')$o.t $o.in $o.list[0]#set($input = 'text')$input.json('$.t')#set($util = {'t': 1})$util.t $util.escapeJavaScript('x')`

const values = `{"t":"text","n":12,"big":123456789012,"d":1.5,"b":true,"nil":null,"esc":"q\"\n\u00e4","list":["a","b",3],
"in":{"t":"u","v":[1,{}]},"mixed":[null,{"t":1},"x",[]],"long_name_of_a_member":"long"}`

// What is printed by a short cut is what it would be without, takes the same work and
// fails at the same place: with an observer no short cut is taken.
func TestShortCutsChangeNothing(t *testing.T) {
	whole := false
	for work := 1; work < 6000; work += 3 {
		tt, err := vtl.ParseWith(references, vtl.Options{Limits: vtl.Limits{Work: work}})
		if err != nil {
			t.Fatal(err)
		}
		render := func(explain func(vtl.Reference)) string {
			out, err := tt.Append(context.Background(), nil, &vtl.Vars{Body: []byte(values), Explain: explain})
			return fmt.Sprintf("%s\n%v", out, err)
		}
		quick, slow := render(nil), render(func(vtl.Reference) {})
		if quick != slow {
			t.Fatalf("with %d units of work\ngot  %s\nwant %s", work, quick, slow)
		}
		whole = whole || strings.HasSuffix(quick, "\n<nil>")
	}
	if !whole {
		t.Error("no rendering came to its end")
	}
}

// A template that calculates no texts renders without any allocation.
func TestRenderingAllocatesNothing(t *testing.T) {
	const plain = `#set($o = $input.path('$'))#set($p = $input.params().querystring){"id": "$context.requestId", "from": "$context.identity.sourceIp",
		"table": "$stageVariables.table", "page": "$!p.get('page')", "kind": "#if($o.kind == 'gift')GIFT#elseif($o.kind == 'sale')SALE#{else}PLAIN#end",
		"lines": [#set($sum = 0)#foreach($line in $o.lines)#set($sum = $sum + $line.grams){"sku": "$line.sku", "title": "$util.escapeJavaScript($line.sku)",
		"count": $line.count#if($line.count > 1 && $line.grams >= 250), "heavy": true#end,
		"colours": "#foreach($c in $line.colours)$c#if($foreach.hasNext)/#end#end"}#if($foreach.hasNext),#end#end], "grams": $sum, "note": $input.json('$.note')}`
	order, vars := measured(t, "order")
	message, small := measured(t, "message")
	for _, tt := range []struct {
		name, template string
		vars           *vtl.Vars
		most           float64 // allocations: the texts that it calculates
	}{
		{"typical", plain, vars, 0},
		{"small", message, small, 0},
		{"typical with calculated texts", order, vars, 5},
	} {
		parsed, err := vtl.Parse(tt.template)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]byte, 0, 16<<10)
		if n := testing.AllocsPerRun(200, func() {
			if out, err = parsed.Append(context.Background(), out[:0], tt.vars); err != nil {
				t.Fatal(err)
			}
		}); n > tt.most {
			t.Errorf("%s: %v allocations, want %v", tt.name, n, tt.most)
		}
	}
}
