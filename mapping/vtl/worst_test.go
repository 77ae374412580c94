package vtl

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// worst is the length of what the tables of this package cost at most.
const worst = cost.Size

// many repeats a piece to the length of worst, with something around it.
func many(open, piece, end string) string {
	return open + strings.Repeat(piece, (worst-len(open)-len(end))/len(piece)) + end
}

// deep nests pieces as deep as a template may, again and again.
func deep(begin, open, middle, end, finish string) string {
	const depth = 190
	return many("", begin+strings.Repeat(open, depth)+middle+strings.Repeat(end, depth)+finish, "")
}

// The worst templates that 128 KB can hold, as far as reading them goes.
func TestParsingHasABound(t *testing.T) {
	for _, template := range []string{
		many("", "$", "x"), many("", "#", "x"), many("", "$#", "x"), many("", `\`, ""), many("", `\$`, "x"), many("", `\#`, "x"), many("", "$!", "x"),
		many("", "$a", ""), many("", "$a ", ""), many("$a", ".b", ""), many("$a", "[0]", ""), many("$a", ".b()", ""), many("", "$a[0] ", ""),
		many("", "#[[x]]#", ""), many("", "#*x*#", ""), many("", "#**x*#", ""), many("", "##x\n", ""), many("", "a##\n", ""), many("", "#[[x]]##*y*#", ""),
		many("", `\#if `, ""), many("", `\\`, ""), many("", `\\#if(1)#end`, ""), many("", `\\\$`, "x"), many("", `$\!a`, ""), many("", `$\`, "x"),
		many("", `\\$`, "x"), many("", `\\#`, "x"), many("", `\`, "#"+strings.Repeat("a", 1000)), many("", `\`, "$"+strings.Repeat(`\`, worst/2)+"!a"),
		many("", "#if(1)#end", ""), many("#if(1)", "#elseif(1)", "#end"), many("", "#set($a=1)", ""), many("", " #set", ""), many("$a", "  #set", ""),
		many("", "#foo()", ""), many("", "#foo(1 2 3)", ""), many("", "#foo ", ""), many("", "#{foo}", ""), many("", "#@a ", ""), many("", "#@a()#end", ""),
		many("", "#( ", ""), many("", "#{ ", ""), many("", "# ", ""), many("", "$ ", ""), many("", "$[", ""), many("", "${", ""), many("", "${a}", ""),
		many("#set($a=[", "1,", "1])"), many("#set($a=[", "$b,", "1])"), many("#set($a={", "1:1,", "1:1})"), many("#set($a=[", `"$b",`, "1])"),
		many("#set($a=", "1 + ", "1)"), many("#set($a=", "$b + ", "1)"), many("#if(", "$b && ", "1)#end"), many("#set($a=", "9", ")"), many("#set($a=1.", "9", ")"),
		many("", "#stop", ""), many("", "#break", ""), many("", "#define($a)x#end", ""), many("", "#macro(a)x#end", ""), many("", "#foreach", ""),
		many("", `#set($a="$b")`, ""), many(`#set($a="`, "$b ", `")`), many(`#set($a="$b`, `""`, `")`), many(`#set($a="`, `\u0041`, `")`), many("", `$a("`, ""),
		many("", " ", ""), many("", " \t$a", ""), many("$a", " ", ""), many("#", "a", ""), many("#if(", "a ", ")"), many("#foreach", " ", "("), many("#if(", "(", ""),
		many("#[[", "x", ""), many("#*", "x", ""), many("", "$a[", ""), many("", "#set(", ""), many("", "#if(", ""), names(),
		deep("#set($a=", "[", "", "]", ")"), deep("#set($a=", "[$a[0],", "1", "]", ")"), deep("#set($a=", "[$a.b(", "1", ")..1]", ")"), deep("#set($a=", "{1:", "1", "}", ")"),
		deep("$a", ".b($a", "", ")", ""), deep("#if(", "(", "1", ")", ")#end"), deep("#if(", "(1 + ", "1", ")", ")#end"), deep("#if(", "!", "1", "", ")#end"),
		deep("", "#if(1)", "", "#end", ""), deep("", "#foreach($a in $b)", "", "#end", ""), deep("", "#define($a)", "", "#end", ""), quotes(),
	} {
		t.Run(fmt.Sprintf("%.30q", template), func(t *testing.T) { cost.Within(t, func() { _, _ = Parse(template) }) })
	}
}

// names is a template of many variables.
func names() string {
	var b strings.Builder
	for i := 0; b.Len() < worst-10; i++ {
		fmt.Fprintf(&b, "$v%d", i)
	}
	return b.String()
}

// quotes nests quoted strings, which doubles their quotes each time.
func quotes() string {
	s := "$b"
	for 2*len(s) < worst {
		s = `#set($a="` + strings.ReplaceAll(s, `"`, `""`) + `")`
	}
	return s
}

// What a client may send, and what templates do with it: the worst 128 KB of each
// are cheap, however they fail.
func TestPayloadsHaveABound(t *testing.T) {
	payloads := []string{
		many("", "x", ""), many(`"`, "x", `"`), many(`"`, "é", `"`), many(`"`, "😀", `"`), many(`"`, `\u0001`, `"`), many(`"`, `\n`, `"`), many(`"`, `\ud83d\ude00`, `"`),
		many("[", "1,", "1]"), many("[", "1.5,", "1]"), many("[", `"",`, "1]"), many("[", "[],", "1]"), many("[", "{},", "1]"), many("[", "null,", "1]"), many("", "[", ""), many("", ",", ""),
		many("{", `"a":1,`, `"b":1}`), many("{", `"":{},`, `"b":1}`), many("{", "a:1,", "b:1}"), many("{'", "a", "':1}"), many("", "{", ""), keys(),
		many("", "9", ""), many("-", "9", ""), many("1.", "9", ""), many("1e", "9", ""), many("[", "1e99,", "1]"), many("[", "123456789012345678901234567890,", "1]"), many("0.", "0", "1"),
		strings.Repeat(`{"a":[`, 190) + many("", "1,", "1") + strings.Repeat("]}", 190), many("", `{"a":`, ""), many("'", "x", "'"), many("", "\x01", ""), many("", " ", "1"),
	}
	templates := []string{
		"$input.body", "$input.json('$')", "$input.path('$')", `"$input.path('$')"`, "$input.path('$').a $input.path('$').size() $input.path('$')[0]",
		"$input.path('$..*').size()", "$input.path('$..a').size()", "$input.json('$.*')", "$input.json('$[?(@.a)]')", "$input.json('$[?(@ > 1)]')", "$input.json('$[?(@ =~ /.*x.*y/)]')",
		"#set($p=$input.path('$'))$p.hashCode() #if($p == $p.toString())#end$p.clone().size()", "#set($p=$input.path('$'))$p.keySet().size() $p.values() $p.entrySet()",
		"#foreach($v in $input.path('$'))$v,#end", "#set($p=$input.path('$'))$p.put('a',1)$p.add(1)$p.remove(0)$p", "$util.escapeJavaScript($input.body)", "$util.urlEncode($input.body)",
		"$util.base64Encode($input.body)", "$util.base64Encode($input.path('$'))", "$util.parseJson($input.body)", "$input.body.toCharArray().size()", "$input.body.getBytes().size()",
		"$input.body.toUpperCase().toLowerCase().length()", "$input.body.split('').size()", "$input.body.split(',').size()", "$input.body.replaceAll('(.)','$1$1').length()", "$input.body.replace('x','yy').length()",
		"$input.body.replaceAll('[^a-z]+','-')", "$input.body.matches('(.*,)*')", "$input.body.matches('(x+x+)+y')", "$input.body.indexOf('y') $input.body.substring(5).length() $input.body.charAt(9999)",
		"$input.body.compareTo($input.json('$')) $input.body.hashCode() $input.body.trim().length()", "#set($n=$input.path('$'))#set($m=$n * $n)$m.toString().length() $n.pow(3)", "#set($n=0)$n.parseInt($input.body)",
		"#set($n=1.5)$n.parseDouble($input.body)", "$input.body.format($input.body)", "#set($x=$context.requestOverride.path.put('x',$input.path('$')))",
	}
	for _, template := range templates {
		tt, err := Parse(template)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(template, func(t *testing.T) {
			for _, payload := range payloads {
				t.Run(fmt.Sprintf("%.12q", payload), func(t *testing.T) {
					cost.Within(t, func() { _, _ = tt.Append(context.Background(), nil, &Vars{Text: payload}) })
				})
			}
		})
	}
}

// keys is an object of many different keys.
func keys() string {
	var b strings.Builder
	b.WriteString("{")
	for i := 0; b.Len() < worst-20; i++ {
		fmt.Fprintf(&b, `"%x":%d,`, i, i%10)
	}
	return b.String() + `"z":1}`
}
