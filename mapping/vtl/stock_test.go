package vtl

import (
	"strings"
	"testing"
)

// Stock Velocity has one context: blocks, macros and evaluated texts see the variables
// of each other, in whichever text they were written.
func TestOneContext(t *testing.T) {
	for _, row := range []struct{ template, want string }{
		{`#define($d)$a$b$c$x#end#set($x=1)#evaluate('$d')`, "$a$b$c1"},
		{`#define($d)$a$b$c$x#end#evaluate('#set($x=2)[$d]')`, "[$a$b$c2]"},
		{`#define($d)#set($x=3)#end#evaluate('$d')$x`, "3"},
		{`#evaluate('#set($q=1)#define($d)$q#end')$d`, "1"},
		{`#evaluate('#set($q=1)#define($d)$q#end')#set($e=$d)$e $q`, "1 1"},
		{`#evaluate('#set($q=1)')#evaluate('$q')`, "1"},
		{`#evaluate('#set($q=1)')#evaluate('#evaluate("$q")')`, "1"},
		{`#define($d)$x#end#set($l=[$d])#evaluate('#foreach($x in [1..3])$l[0]#end')`, "123"},
		{`#define($d)#foreach($i in [1..2])$i$x#end#end#evaluate('#foreach($x in [8,9])$d #end')`, "1828 1929 "},
		{`#define($d)$x#end#evaluate('#if($d)T#end#set($s="<$d>")')$s`, "T<$x>"},
		{`#macro(m $p)[$p]#end#define($d)#m($x)#end#evaluate('#set($x=7)$d')`, "[7]"},
		{`#define($d)a#break b#end#evaluate('$d')c`, "ac"},
		{`#define($d)a#evaluate('$d')b#end$d`, "aa$dbb"},
		{`#define($d)$long$names$of$many$variables#end#evaluate('$d.toString()')`, "$long$names$of$many$variables"},
	} {
		tt, err := ParseWith(row.template, Options{Stock: true})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err = tt.Render(&out, nil)
		if out.String() != row.want || err != nil {
			t.Errorf("%s: got %q %v, want %q", row.template, out.String(), err, row.want)
		}
	}
}
