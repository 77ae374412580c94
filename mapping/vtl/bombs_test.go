package vtl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// bomb is a template that wants more than there is, with what it is given.
type bomb struct{ name, template, body string }

// rounds runs a body 1000 times as often as there are digits after the name.
func rounds(levels int, body string) string {
	open, end := "", ""
	for i := range levels {
		open += fmt.Sprintf("#foreach($i%d in [1..1000])", i)
		end += "#end"
	}
	return open + body + end
}

// grown is a template whose $s is a text of at least so many bytes.
func grown(piece string, bytes int) string {
	return fmt.Sprintf("#set($s='%s')#set($s=$s.repeat(%d))", piece, bytes/len(piece)+1)
}

func bombs() []bomb {
	long := strings.Repeat("x", 100_000)
	wide := "[" + strings.Repeat("1,", 60_000) + "1]"
	members := func() string {
		var b strings.Builder
		for i := range 8000 {
			fmt.Fprintf(&b, `"member%d":%d,`, i, i)
		}
		return "{" + b.String() + `"last":1}`
	}()
	nested := strings.Repeat(`{"a":[`, 190) + strings.Repeat("]}", 190)
	digits := strings.Repeat("9", 120_000)
	accents := strings.Repeat("é", 60_000)
	return []bomb{
		// Texts that grow.
		{"replaceAll", "#set($s='xx')" + rounds(1, "#set($s=$s.replaceAll('x','xx'))"), ""},
		{"replaceAll of groups", "#set($s='xx')" + rounds(1, "#set($s=$s.replaceAll('(x)','$1$1$1'))"), ""},
		{"replaceAll of nothing", "#set($s='xx')" + rounds(1, "#set($s=$s.replaceAll('','yy'))"), ""},
		{"replaceFirst", "#set($s='xx')" + rounds(1, "#set($s=$s.replaceFirst('.*','$0$0'))"), ""},
		{"replace", "#set($s='xx')" + rounds(1, "#set($s=$s.replace('x','xx'))"), ""},
		{"replace of nothing", "#set($s='xx')" + rounds(1, "#set($s=$s.replace('','x'))"), ""},
		{"plus", "#set($s='0123456789')" + rounds(1, "#set($s=$s+$s)") + "$s", ""},
		{"concat", "#set($s='0123456789')" + rounds(1, "#set($s=$s.concat($s))"), ""},
		{"quotes", "#set($s='0123456789')" + rounds(1, `#set($s="$s$s")`), ""},
		{"nested quotes", "#set($s='0123456789')" + rounds(1, `#set($s="$s#set($t=""$s$s"")$t")`), ""},
		{"repeat", "#set($s='x')" + rounds(1, "#set($s=$s.repeat(10))"), ""},
		{"join", "#set($s='x')" + rounds(1, "#set($s=$s.join($s,[$s,$s,$s]))"), ""},
		{"format", "#set($s='x')" + rounds(1, "#set($s=$s.format('%s%s',$s,$s))"), ""},
		{"wide format", rounds(1, "#set($s='%999999d%999999d%999999d%999999d')#set($x=$s.formatted(1,2,3,4))"), ""},
		{"precise format", rounds(1, "#set($s='%.99999f%.99999f%.99999f')#set($x=$s.formatted(1.5,2.5,3.5))"), ""},
		{"indent", grown("x\\n", 1000) + rounds(1, "#set($s=$s.indent(1000))"), ""},
		{"indent of lines", "#set($s=$input.path('$'))" + rounds(1, "#set($x=$s.indent(3))"), `"` + strings.Repeat(`\n`, 60_000) + `"`},
		{"escape", `#set($s='"')` + rounds(1, "#set($s=$util.escapeJavaScript($s))"), ""},
		{"escape of controls", "#set($s=$input.path('$'))" + rounds(1, "#set($s=$util.escapeJavaScript($s))"), `"` + strings.Repeat(`\u0001`, 20_000) + `"`},
		{"base64", "#set($s='x')" + rounds(1, "#set($s=$util.base64Encode($s))"), ""},
		{"base64 of long", grown("x", 3<<20) + rounds(1, "#set($x=$util.base64Encode($s))"), ""},
		{"base64 back", grown("gICA", 3<<20) + rounds(1, "#set($x=$util.base64Decode($s))"), ""},
		{"urlEncode", "#set($s='%')" + rounds(1, "#set($s=$util.urlEncode($s))"), ""},
		{"urlDecode", grown("%80", 3<<20) + rounds(1, "#set($x=$util.urlDecode($s))"), ""},
		{"upper case", grown("ß", 2<<20) + rounds(1, "#set($x=$s.toUpperCase())"), ""},
		{"lower case", grown("Σx", 2<<20) + rounds(1, "#set($x=$s.toLowerCase())"), ""},
		{"any case", grown("é", 2<<20) + "#set($t=$s+'x')" + rounds(1, "#set($x=$s.equalsIgnoreCase($t))"), ""},
		{"compare", grown("x", 2<<20) + "#set($t=$s+'x')" + rounds(1, "#set($x=$s.compareTo($t))"), ""},
		{"output", rounds(2, "0123456789"), ""},
		{"output of text", grown("x", 1<<20) + strings.Repeat("$s", 1000), ""},
		{"output in quotes", grown("x", 1<<20) + `#set($t="` + strings.Repeat("$s", 1000) + `")`, ""},
		{"output in blocks", grown("x", 1<<20) + "#define($d)" + strings.Repeat("$s", 1000) + "#end#set($t=$d.toString())", ""},
		// Texts that are kept.
		{"texts kept", grown("x", 1<<20) + "#set($l=[])" + rounds(1, "#set($t=$s + $i0)#set($x=$l.add($t))"), ""},
		{"small texts kept", "#set($l=[])" + rounds(2, "#set($t='x' + $i0)#set($x=$l.add($t))"), ""},
		{"texts kept in a map", grown("x", 1<<20) + "#set($m={})" + rounds(1, "#set($t=$s + $i0)#set($x=$m.put($i0,$t))"), ""},
		{"texts kept in $context", grown("x", 1<<20) + rounds(1, "#set($context[\"k$i0\"]=$s + $i0)"), ""},
		{"texts kept in $foreach", grown("x", 1<<20) + rounds(1, "#set($foreach[\"k$i0\"]=$s + $i0)"), ""},
		{"texts kept in the payload", grown("x", 1<<20) + "#set($p=$input.path('$'))" + rounds(1, "#set($t=$s + $i0)#set($x=$p.put(\"k$i0\",$t))"), ""},
		{"lists kept in the payload", "#set($p=$input.path('$'))" + rounds(1, "#set($x=$p.put('k',[1..1000]))"), ""},
		{"texts kept in overrides", grown("x", 1<<20) + rounds(1, "#set($context.requestOverride.path[\"k$i0\"]=$s + $i0)"), ""},
		{"texts kept in parameters", grown("x", 1<<20) + rounds(1, "#set($x=$input.params().put($i0,\"$s$i0\"))"), ""},
		{"texts kept in stage variables", grown("x", 1<<20) + rounds(1, "#set($x=$stageVariables.put($i0,\"$s$i0\"))"), ""},
		{"parts kept", "#set($l=[])" + rounds(1, grown("x", 1<<20)+"#set($x=$l.add($s.substring(0,1)))"), ""},
		{"halves kept", "#set($l=[])" + rounds(1, grown("x", 1<<20)+"#set($x=$l.add($s.substring(0,600000)))"), ""},
		{"pieces kept", "#set($l=[])" + rounds(1, grown("x,", 1<<20)+"#set($x=$l.add($s.split(',',3).get(0)))"), ""},
		{"trimmed kept", "#set($l=[])" + rounds(1, grown(" ", 1<<20)+"#set($s='x'+$s)#set($x=$l.add($s.trim()))"), ""},
		{"texts in hand", grown("x", 1<<20) + "#set($l=[" + strings.Repeat("$s.concat('y'),", 60) + "1])", ""},
		{"texts in arguments", grown("x", 1<<20) + "#set($x=$s.format('x'" + strings.Repeat(",$s.concat('y')", 60) + "))", ""},
		{"texts hidden by quotes", hidden(8), ""},
		{"lists hidden by quotes", "#set($l=[])" + rounds(1, `#set($x=[$l,"#set($l=[1..200000])"])`), ""},
		// Lists and maps that grow.
		{"range", "#set($r=[1..2000000000])", ""},
		{"ranges", "#set($l=[])" + rounds(1, "#set($x=$l.add([1..1000]))"), ""},
		{"long ranges", "#set($l=[])" + rounds(1, "#set($x=$l.add([1..100000]))"), ""},
		{"ranges for nothing", rounds(1, "#set($x=[1..100000])"), ""},
		{"list of itself", "#set($l=[1])" + rounds(1, "#set($x=$l.addAll($l))"), ""},
		{"list within", "#set($l=[1])" + rounds(1, "#set($l=[$l,$l])") + "$l", ""},
		{"list within printed", "#set($l=[1])" + rounds(1, "#set($l=[$l,$l])#if($foreach.index>30)#break#end") + "$l", ""},
		{"list within in JSON", "#set($l=[1])" + rounds(1, "#set($l=[$l,$l])#if($foreach.index>30)#break#end") + "#set($p=$input.path('$'))#set($p.l=$l)$input.json('$')", ""},
		{"list within compared", "#set($l=[1])#set($k=[1])" + rounds(1, "#set($l=[$l,$l])#set($k=[$k,$k])#if($foreach.index>30)#break#end") + "#if($l==$k)#end", ""},
		{"list within hashed", "#set($l=[1])" + rounds(1, "#set($l=[$l,$l])#if($foreach.index>30)#break#end") + "$l.hashCode()", ""},
		{"list within overridden", "#set($l=[1])" + rounds(1, "#set($l=[$l,$l])#if($foreach.index>30)#break#end") + "#set($context.requestOverride.path.l=$l)", ""},
		{"empty lists within", "#set($l=[])" + rounds(1, "#set($l=[$l,$l])#if($foreach.index>30)#break#end") + "$l", ""},
		{"map within", "#set($m={})" + rounds(1, "#set($m={'a':$m,'b':$m})#if($foreach.index>30)#break#end") + "$m", ""},
		{"payload within", "#set($p=$input.path('$.l'))" + rounds(1, "#set($q=$util.parseJson('[]'))#set($x=$q.add($p))#set($x=$q.add($p))#set($p=$q)#if($foreach.index>30)#break#end") + "$p", `{"l":[1]}`},
		{"deep list", "#set($l=[])" + rounds(2, "#set($l=[$l])"), ""},
		{"deep map", "#set($l={})" + rounds(2, "#set($l={'a':$l})"), ""},
		{"deep payload", "#set($p=$input.path('$'))" + rounds(2, "#set($q=$util.parseJson('{}'))#set($q.a=$p)#set($p=$q)"), ""},
		{"adds", "#set($l=[])" + rounds(2, "#set($x=$l.add($i0))"), ""},
		{"adds in front", "#set($l=[])" + rounds(2, "#set($x=$l.add(0,$i0))"), ""},
		{"removes in front", "#set($l=[1..200000])" + rounds(2, "#set($x=$l.remove(0))"), ""},
		{"removes by value", "#set($l=[1..200000])" + rounds(2, "#set($x=$l.remove('x'))"), ""},
		{"removes all", "#set($l=[1..20000])#set($k=[20001..40000])#set($x=$l.removeAll($k))", ""},
		{"retains all", "#set($l=[1..20000])#set($k=[20000..1])#set($x=$l.retainAll($k))", ""},
		{"contains all", "#set($l=[1..20000])#set($k=[20000..1])#set($x=$l.containsAll($k))", ""},
		{"last index", "#set($l=[1..200000])" + rounds(1, "#set($x=$l.lastIndexOf('x'))"), ""},
		{"sublists", "#set($l=[1..1000])#set($s=$l)" + rounds(1, "#set($s=$s.subList(0,1000))") + rounds(1, "#set($x=$s.get(1))"), ""},
		{"sort", "#set($l=[100000..1])" + rounds(1, "#set($x=$l.addAll([1..3]))#set($x=$l.sort(null))"), ""},
		{"sort of texts", "#set($l=[])#foreach($i in [1..1000])#set($x=$l.add(\"$input.body$i\"))#if($foreach.index > 90)#break#end#end" + rounds(1, "#set($x=$l.sort(null))"), `"` + long + `"`},
		{"puts", "#set($m={})" + rounds(2, "#set($x=$m.put(\"$i0-$i1\",1))"), ""},
		{"puts of objects", "#set($m={})" + rounds(2, "#set($x=$m.put([$i0,$i1],1))"), ""},
		{"puts of long numbers", "#set($m={})" + rounds(2, "#set($x=$m.put($input.path('$'),1))"), digits},
		{"puts and removes", "#set($m={})" + rounds(1, "#set($x=$m.put($i0,1))") + rounds(2, "#set($x=$m.remove(1))#set($x=$m.put(1,1))"), ""},
		{"clones", "#set($l=[1..100000])" + rounds(1, "#set($x=$l.clone())"), ""},
		{"clones kept", "#set($l=[1..100000])#set($k=[])" + rounds(1, "#set($x=$k.add($l.clone()))"), ""},
		{"map of itself", "#set($m={})" + rounds(1, "#set($x=$m.put($i0,1))") + rounds(1, "#set($x=$m.putAll($m))#set($x=$m.put($m.clone(),1))"), ""},
		{"entries", "#set($m={})#set($l=[])" + rounds(1, "#set($x=$m.put($i0,1))") + rounds(1, "#set($x=$l.addAll($m.entrySet()))"), ""},
		{"views", "#set($m={})#set($l=[])" + rounds(2, "#set($x=$l.add($m.keySet()))"), ""},
		{"values looked for", "#set($m={})" + rounds(1, "#set($x=$m.put($i0,$i0))") + rounds(2, "#set($x=$m.containsValue('x'))"), ""},
		{"iterators", "#set($l=[])" + rounds(2, "#set($x=$l.add($l.iterator()))"), ""},
		{"classes", "#set($l=[])" + rounds(2, "#set($x=$l.add($l.getClass()))"), ""},
		{"bytes", "#set($l=[])" + grown("x", 100_000) + rounds(1, "#set($x=$l.add($s.getBytes()))"), ""},
		{"characters", "#set($s=$input.path('$'))" + rounds(1, "#set($x=$s.toCharArray())"), `"` + accents + `"`},
		{"$context walked", rounds(2, "#foreach($k in $context.keySet())#end"), ""},
		// Loops, blocks and macros.
		{"loops", rounds(4, ""), ""},
		{"loops of texts", rounds(4, "x#if($foreach.hasNext)y#end"), ""},
		{"conditions", rounds(1, "#if("+strings.Repeat("$a && ", 3000)+"$a)#end"), ""},
		{"sums", rounds(1, "#set($x="+strings.Repeat("1 + ", 5000)+"1)"), ""},
		{"comparisons", rounds(1, "#if("+strings.Repeat("1 == 1 && ", 3000)+"true)#end"), ""},
		{"many references", rounds(1, strings.Repeat("$a", 10_000)), ""},
		{"many properties", "#set($m={'a':1})" + rounds(1, strings.Repeat("$m.a", 10_000)), ""},
		{"blocks", blockBomb(12), ""},
		{"deeper blocks", blockBomb(60), ""},
		{"blocks doubled", doubledBlocks(30), ""},
		{"blocks in a list", "#define($d)$l$l#end#set($l=[$d,$d])$l", ""},
		{"block of itself", "#define($d)$d$d$d$d#end" + rounds(2, "$d"), ""},
		{"macros", "#macro(m $x)$x$x#m(\"$x$x\")#end#m('x')", ""},
		{"evaluate", "#set($s='#evaluate($s)')#evaluate($s)", ""},
		// Payloads.
		{"json", rounds(1, "#set($x=$input.json('$'))"), wide},
		{"json with spaces", rounds(1, "#set($x=$input.json('$'))"), strings.ReplaceAll(wide, ",", " ,")},
		{"json of escapes", rounds(1, "#set($x=$input.json('$'))"), `["` + strings.Repeat(`\n"," `, 15_000) + `"]`},
		{"array printed", rounds(1, "#set($x=\"$input.path('$')\")"), strings.ReplaceAll(wide, ",", " ,")},
		{"object printed", rounds(1, "#set($x=\"$input.path('$')\")"), members},
		{"json of an object", rounds(1, "#set($x=$input.json('$'))"), members},
		{"json kept", "#set($l=[])" + rounds(1, "#set($x=$l.add($input.json('$')))"), wide},
		{"json changed", "#set($p=$input.path('$'))#set($x=$p.add({}))" + rounds(1, "#set($x=$input.json('$'))"), wide},
		{"payload printed", rounds(1, "#set($x=\"$input.path('$')\")"), wide},
		{"path", rounds(2, "#set($x=$input.path('$.last'))"), members},
		{"property", "#set($p=$input.path('$'))" + rounds(2, "#set($x=$p.last)"), members},
		{"no property", "#set($p=$input.path('$'))" + rounds(2, "#set($x=$p.none)"), members},
		{"wildcard", rounds(1, "#set($x=$input.path('$.*'))"), members},
		{"wildcard kept", "#set($l=[])" + rounds(1, "#set($x=$l.add($input.path('$.*')))"), members},
		{"descent", rounds(1, "#set($x=$input.path('$..a'))"), nested},
		{"descents", rounds(1, "#set($x=$input.path('$..a..a..a'))"), nested},
		{"filter", rounds(1, "#set($x=$input.path('$[?(@ > 0)]'))"), wide},
		{"filter by a path", rounds(1, "#set($x=$input.path('$[?(@ in $)]'))"), wide},
		{"filter by a pattern", rounds(1, "#set($x=$input.path('$[?(@ =~ /(a|a)*b/)]'))"), `["` + strings.Repeat("a", 100_000) + `"]`},
		{"paths compiled", "#set($q=\"$" + strings.Repeat(".a", 2000) + "\")" + rounds(2, "#set($x=$input.path($q))"), ""},
		{"index", "#set($p=$input.path('$'))" + rounds(2, "#set($x=$p[59999])"), wide},
		{"payload walked", "#set($p=$input.path('$'))" + rounds(2, "#foreach($v in $p)#end"), wide},
		{"payload added to", "#set($p=$input.path('$'))" + rounds(2, "#set($x=$p.add(1))"), wide},
		{"payload added to in front", "#set($p=$input.path('$'))" + rounds(2, "#set($x=$p.add(0,1))"), wide},
		{"payload put to", "#set($p=$input.path('$'))" + rounds(2, "#set($x=$p.put(\"$i0-$i1\",1))"), "{}"},
		{"payload deleted from", "#set($p=$input.path('$'))" + rounds(1, "#set($x=$p.remove(\"member$i0\"))"), members},
		{"payload cloned", "#set($p=$input.path('$'))" + rounds(1, "#set($x=$p.clone())"), wide},
		{"parsed", "#set($s=$input.body)" + rounds(1, "#set($x=$util.parseJson($s))"), wide},
		{"parsed kept", "#set($l=[])" + rounds(2, "#set($x=$l.add($util.parseJson('[1]')))"), ""},
		{"parsed long", grown("[1,1,1,1],", 4<<20) + "#set($x=$util.parseJson(\"[$s]\"))", ""},
		{"escapes decoded", "#set($p=$input.path('$'))" + rounds(2, "#set($x=$p.a)"), `{"a":"` + strings.Repeat(`\n`, 60_000) + `"}`},
		// Patterns.
		{"matches", "#set($s='" + strings.Repeat("a", 40) + "')" + rounds(1, `#set($x=$s.matches('(a|a?)+\1$b'))`), ""},
		{"matches of long", grown("a", 1<<20) + rounds(1, `#set($x=$s.matches('(a|b|ab)*c'))`), ""},
		{"matches in linear time", grown("a", 1<<20) + rounds(1, `#set($x=$s.matches('(.*a){20}b'))`), ""},
		{"stack of a match", grown("ab", 4<<20) + rounds(1, `#set($x=$s.matches('((a)|(b)(?!c))*'))`), ""},
		{"replacements", grown("a", 1<<20) + rounds(1, "#set($x=$s.replaceAll('(?=a)','b'))"), ""},
		{"replacements of none", grown("a", 1<<20) + rounds(1, "#set($x=$s.replaceAll('[b-z]+','b'))"), ""},
		{"split", grown(",", 4<<20) + rounds(1, "#set($x=$s.split(',',9999999))"), ""},
		{"split of all", grown("a", 4<<20) + rounds(1, "#set($x=$s.split(''))"), ""},
		{"split kept", grown("a,", 100_000) + "#set($l=[])" + rounds(1, "#set($x=$l.add($s.split(',')))"), ""},
		{"patterns compiled", "#set($q='" + strings.Repeat("[a-z&&[^b]]{1,3}", 400) + "')" + rounds(2, "#set($x=$q.matches(\"$q$i0\"))"), ""},
		{"long patterns compiled", rounds(2, "#set($x=$input.body.matches(\"$input.body$i0\"))"), strings.Repeat("(a|b)?", 1300)},
		{"literals found", grown("a", 1<<20) + rounds(1, "#set($x=$s.replaceAll('a','b'))"), ""},
		{"indexes", grown("a", 1<<20) + "#set($t=$s.substring(0,500000)+'b')" + rounds(1, "#set($x=$s.indexOf($t))"), ""},
		{"charAt", "#set($s=$input.path('$'))" + rounds(2, "#set($x=$s.charAt(59999))"), `"` + accents + `"`},
		{"length", grown("x", 1<<20) + rounds(2, "#set($x=$s.length())"), ""},
		{"equality", grown("x", 4<<20) + "#set($t=$s+'y')#set($s=$s+'z')" + rounds(2, "#if($s==$t)#end"), ""},
		{"hashes", grown("x", 1<<20) + rounds(1, "#set($x=$s.hashCode())"), ""},
		// Numbers.
		{"products", "#set($n=$input.path('$'))" + rounds(1, "#set($n=$n * $n)"), "12345678901234567890"},
		{"products of long", "#set($n=$input.path('$'))" + rounds(1, "#set($x=$n * $n)"), digits},
		{"quotients", "#set($n=$input.path('$'))#set($m=$n * $n)" + rounds(1, "#set($x=$m / $n)"), digits},
		{"remainders", "#set($n=$input.path('$'))#set($m=$n * $n)" + rounds(1, "#set($x=$m.mod($n))"), digits},
		{"powers", "#set($n=$input.path('$'))" + rounds(1, "#set($x=$n.pow(10000))"), "12345678901234567890"},
		{"divisors", "#set($n=$input.path('$'))#set($m=$n + 2)#set($n=$n * $m)#set($m=$m * $m)" + rounds(1, "#set($x=$n.gcd($m))"), digits},
		{"digits", "#set($n=$input.path('$'))" + rounds(1, "#set($x=\"$n\")"), digits},
		{"digits read", rounds(1, "#set($x=$input.path('$'))"), digits},
		{"digits grouped", "#set($n=$input.path('$'))#set($s='%,d')" + rounds(1, "#set($x=$s.formatted($n))"), digits},
		{"numbers kept", "#set($n=$input.path('$'))#set($l=[])" + rounds(1, "#set($x=$l.add($n.add($n)))"), digits},
		{"zeros", "#set($n=$input.path('$'))" + rounds(1, "#set($x=$n.stripTrailingZeros())"), "1" + strings.Repeat("0", 100_000) + ".0"},
		{"scales", "#set($n=$input.path('$'))" + rounds(1, "#set($x=$n.setScale(99999))"), "1.12345678901234567890"},
		{"decimals", "#set($n=$input.path('$'))" + rounds(1, "#set($x=$n * 1.5)#set($x=$n + 1.5)"), digits + ".5"},
		{"decimals far apart", "#set($n=$input.path('$[0]'))#set($m=$input.path('$[1]'))" + rounds(1, "#set($x=$n + $m)"), `[1.1234567890123456789e50000,1.1234567890123456789e-49000]`},
		{"where a loop is", rounds(1, "#set($x=\"$foreach.info\")"+strings.Repeat(" ", 100_000)), ""},
	}
}

// hidden makes a text in quotes within quotes, while the text around it is in hand.
func hidden(levels int) string {
	s := ""
	for range levels {
		s = `#set($x=[$s.concat('y'),$s.concat('z'),"` + strings.ReplaceAll(s, `"`, `""`) + `"])`
	}
	return grown("x", 1<<20) + s
}

// blockBomb nests blocks whose bodies make the blocks below anew.
func blockBomb(levels int) string {
	s := "x"
	for i := range levels {
		s = fmt.Sprintf("#define($d%d)%s$d%d$d%d#end$d%d$d%d", i, s, i+1, i, i, i)
	}
	return s
}

// doubledBlocks print each other twice.
func doubledBlocks(n int) string {
	var b strings.Builder
	b.WriteString("#define($d0)x#end")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "#define($d%d)$d%d$d%d#end", i, i-1, i-1)
	}
	fmt.Fprintf(&b, "$d%d", n-1)
	return b.String()
}

func (b *bomb) vars() *Vars {
	return &Vars{
		Text: b.body, Context: fixed{"stage": "prod"}, StageVariables: map[string]string{"a": "1"},
		Params: func() Params { return Params{Query: []Param{{Name: "q", Value: "1"}}} },
	}
}

// harmless are the bombs that end within their budget, by a limit of the language.
var harmless = map[string]bool{
	"urlEncode": true, "list within overridden": true, "output": true, "sublists": true, "blocks in a list": true,
	"descent": true, "macros": true, "evaluate": true,
}

// Each bomb ends by itself: within its budget of work, which is 250 ms of a
// processor, and with nothing written.
func TestBombs(t *testing.T) {
	for _, b := range bombs() {
		t.Run(b.name, func(t *testing.T) {
			for _, stock := range []bool{false, true} {
				if stock && b.name != "macros" && b.name != "evaluate" {
					continue // no other has a meaning of its own there
				}
				account := NewAccount(0)
				tt, err := ParseWith(b.template, Options{Stock: stock, Account: account})
				if err != nil {
					t.Fatal(err)
				}
				b.light(t, tt, stock)
				if used := account.Used(); used != 0 || len(account.slots) != 0 {
					t.Errorf("%d bytes and %d slots are not given back", used, len(account.slots))
				}
			}
		})
	}
}

// mostTime is what a bomb may take of a processor.
const mostTime = 250 * time.Millisecond

func (b *bomb) light(t *testing.T, tt *Template, stock bool) {
	t.Helper()
	least := time.Hour
	for range 4 {
		var out []byte
		var err error
		spent := cost.Of(func() { out, err = tt.Append(context.Background(), nil, b.vars()) })
		switch {
		case err == nil && !harmless[b.name]:
			t.Fatalf("it rendered %d bytes, want an error", len(out))
		case err != nil && len(out) > 0:
			t.Fatalf("it wrote %d bytes before %v", len(out), err)
		case err != nil && !isLimit(err):
			t.Fatalf("got %v, want a limit", err)
		}
		if least = min(least, spent.Time); least <= mostTime {
			return
		}
	}
	t.Errorf("it took %v of a processor, want at most %v", least, mostTime)
}

func isLimit(err error) bool {
	for _, limit := range [...]error{ErrOutput, ErrMemory, ErrElements, ErrWork, ErrShared} {
		if errors.Is(err, limit) {
			return true
		}
	}
	return strings.Contains(err.Error(), "StackOverflowError") || strings.Contains(err.Error(), "MacroOverflow")
}
