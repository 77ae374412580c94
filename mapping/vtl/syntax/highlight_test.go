package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// marked is a template with each piece as class‹text›.
func marked(text string, o Options) string {
	var b strings.Builder
	spans, fault := Highlight(text, o)
	at := int32(0)
	for _, s := range spans {
		fmt.Fprintf(&b, "%s%s‹%s›", text[at:s.Start], s.Class, text[s.Start:s.End])
		at = s.End
	}
	b.WriteString(text[at:])
	if fault, ok := errors.AsType[*Error](fault); ok {
		fmt.Fprintf(&b, " %d:%d", fault.Line, fault.Column)
	}
	return b.String()
}

func TestHighlight(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{`plain {"a":1} #text $5`, `plain {"a":1} #text $5`},
		{`$x.name`, `variable‹$x›.member‹name›`},
		{`$!{x.get(1)}!`, `variable‹$!{x›.member‹get›(number‹1›)variable‹}›!`},
		{`$input.path('$.a').b`, `variable‹$input›.member‹path›(string‹'$.a'›).member‹b›`},
		{`#set($a = 1 + $b)`, `directive‹#set(›variable‹$a› operator‹=› number‹1› operator‹+› variable‹$b›)`},
		{`#if($a && true)b#{else}c#end`, `directive‹#if›(variable‹$a› operator‹&&› keyword‹true›)bdirective‹#{else}›cdirective‹#end›`},
		{`#foreach($e in [1..3])$e#end`, `directive‹#foreach›(variable‹$e› in [number‹1›operator‹..›number‹3›])variable‹$e›directive‹#end›`},
		{"a## note\nb", "acomment‹## note\n›b"},
		{`a#* $x *#b`, `acomment‹#* $x *#›b`},
		{`#[[ $x ]]#`, `comment‹#[[ $x ]]#›`},
		{`a#* $x`, `acomment‹#* $x›`},
		{`a#if(`, `adirective‹#if›( 1:6`},
		{`#set($a = "x $b.c y")`, `directive‹#set(›variable‹$a› operator‹=› string‹"x ›variable‹$b›string‹.›member‹c›string‹ y"›)`},
		{`#set($a = "é "" $b")$c`, `directive‹#set(›variable‹$a› operator‹=› string‹"é "" ›variable‹$b›string‹"›)variable‹$c›`},
		{`\#if \$x`, `\#if \variable‹$x›`},
		{"$ok\n#if(1 +)", "variable‹$ok›\ndirective‹#if›(number‹1› operator‹+›) 2:8"},
		{`$a #set($b = "$c.(") $d`, `variable‹$a› directive‹#set(›variable‹$b› operator‹=› string‹"›variable‹$c›string‹.("›) variable‹$d›`},
	} {
		if got := marked(row.text, Options{}); got != row.want {
			t.Errorf("%s\n got %s\nwant %s", row.text, got, row.want)
		}
	}
}

// Pieces stand in order within the text, whatever it is.
func FuzzHighlight(f *testing.F) {
	for _, text := range []string{`#set($a = "x $b.c ""y"" #if($c)$d#end")`, "$!{a.b[1]}##\n#* *#", "\"\\u00e9 $x\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spans, _ := Highlight(text, Options{})
		at := int32(0)
		for _, s := range spans {
			if s.Start < at || s.End <= s.Start || int(s.End) > len(text) {
				t.Fatalf("%q: a piece from %d to %d behind %d", text, s.Start, s.End, at)
			}
			at = s.End
		}
	})
}
