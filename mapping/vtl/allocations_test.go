package vtl

import (
	"context"
	"testing"
)

// Evaluating a node, a property, a call or an operation allocates nothing by itself:
// a hundred times as many rounds cost no allocation more.
func TestEvaluatingAllocatesNothing(t *testing.T) {
	const body = "$s.length()$s.indexOf('b', 1)$n.intValue()$m.get('a')$m.b.c$l.size()$l[0]#if($n > 1 && $s == 'abcb')x#end" +
		"#set($x = $n + 1)$context.stage$foreach.count$foreach.hasNext#foreach($j in $l)$j#end"
	allocations := func(rounds string) float64 {
		tt, err := Parse("#set($s='abcb')#set($n=5)#set($m={'a':1,'b':{'c':2}})#set($l=[1,2])#foreach($i in [1.." + rounds + "])" + body + "#end")
		if err != nil {
			t.Fatal(err)
		}
		out := make([]byte, 0, 256<<10)
		return testing.AllocsPerRun(50, func() {
			if out, err = tt.Append(context.Background(), out[:0], &Vars{Context: fixed{"stage": "prod"}}); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := allocations("5"), allocations("500")
	if many > few+8 { // of buffers that grow with the output
		t.Errorf("%v allocations for 5 rounds, %v for 500", few, many)
	}
}
