package syntax

import (
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"
)

// read parses and highlights a text, and tells all that comes of it.
func read(text string, o Options) (tree *Tree, fault string, spans []Span) {
	tree, err := Parse(text, o)
	if err != nil {
		fault, tree = err.Error(), &Tree{}
	}
	spans, _ = Highlight(text, o)
	return tree, fault, spans
}

// sameEitherWay compares what is read at a stroke with what is read piece by piece.
func sameEitherWay(t *testing.T, text string, stock bool) {
	t.Helper()
	quick, quickFault, quickSpans := read(text, Options{Stock: stock, Nesting: 40})
	slow, slowFault, slowSpans := read(text, Options{Stock: stock, Nesting: 40, careful: true})
	switch {
	case quickFault != slowFault:
		t.Fatalf("%q: %q at a stroke and %q piece by piece", text, quickFault, slowFault)
	case !reflect.DeepEqual(quick.Body, slow.Body), !reflect.DeepEqual(quick.Comments, slow.Comments), !reflect.DeepEqual(quick.Names, slow.Names):
		t.Fatalf("%q: another tree at a stroke than piece by piece", text)
	case fmt.Sprint(quickSpans) != fmt.Sprint(slowSpans):
		t.Fatalf("%q: highlighted as %v at a stroke and %v piece by piece", text, quickSpans, slowSpans)
	}
}

// pieces are what templates are made of, and what they go wrong by.
var pieces = strings.Split("$a $!a $!{a} ${a.b} $a.b $a.b.c $a.true $a-b $_a .b .d( ( ) [ ] [0] $a[1] # ## #* *# #** #[[ ]]# #set($x= #set \\ \\$ \\# "+
	"#if( #if($a) #elseif(1) #else #{else} #end #{end} #foreach( #foreach($i~in~$a.b) #macro(m~$a) #define($d) #break #x( #@x( #literal() #stop "+
	"' \" 's' \"$a\" \"x#if(1)y#end\" , ~ ~~ \t \n \r\n 1 1.5 1.. 1..2 [1..3] true or eq == && || ! + - * / % < >= = : { } é _ @ "+
	"$a.b($c) $a.b$(1) $a.b\\$[1] $f.hasNext $input.path('$.a') $!{a.b} ${a.b('x',~1)} $a[0].b $a.b[$c] $a['x'](1) $a.b($c.d,~\"x\",~true)} $a.b()c $a.b('it''s') "+
	"$a.b(\"$c\") #if($a.b~==~'y'~&&~!($c~||~true)) #elseif~($a~<~1)\n #else\n ~~#set($x~=~1~+~$a~+~'b'~)\n #set($x.y~=~($a~+~(1~))\n~+~!$b) #set($!x=1) ##~c\n "+
	"#foreach($i~in~$a.b.c)\n #foreach(~$i~of~$a) #foreach($i~in~$a)#end #end\n #if(-1>1.5) #if($a~ne~1e3) #if($a-1) #if($a~-1) $a~~#set($x=1) ~#if(1)x#{else}y#end", " ")

func TestUsualTokensAreTheSameAtAStroke(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 20_000 {
		var b strings.Builder
		for range 1 + r.Intn(12) {
			b.WriteString(strings.ReplaceAll(pieces[r.Intn(len(pieces))], "~", " "))
		}
		sameEitherWay(t, b.String(), r.Intn(4) == 0)
	}
}

func FuzzUsual(f *testing.F) {
	for _, seed := range []string{"#set($x = $a.b$(1))$x.y", "$a.b\\$[1]", "#foreach($i in $a.b) $i.c(1), #end", "$a.true$!b.c. #if($a == 'x')y#{else}z#end"} {
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, stock bool) {
		if len(text) < 2000 {
			sameEitherWay(t, text, stock)
		}
	})
}
