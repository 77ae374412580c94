package vtl

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	grow := "#set($s='0123456789')#foreach($i in [1..60])#set($s=$s+$s)#end$s"
	loops := "#foreach($a in [1..900])#foreach($b in [1..900])#foreach($c in [1..900])#end#end#end"
	for _, c := range []struct {
		name, template string
		limits         Limits
		want           error
	}{
		{"output of text", strings.Repeat("x", 200), Limits{Output: 100}, ErrOutput},
		{"output of a loop", "#foreach($i in [1..1000])0123456789#end", Limits{Output: 5000}, ErrOutput},
		{"one string", grow, Limits{}, ErrOutput},
		{"repeat", "#set($s='x')$s.repeat(2000000000)", Limits{}, ErrOutput},
		{"replace", "#set($s='xxxxxxxxxx')#foreach($i in [1..30])#set($s=$s.replace('x','xxxxx'))#end", Limits{}, ErrOutput},
		{"printing", "#set($l=['0123456789'])#foreach($i in [1..60])#set($l=[$l,$l])#end$l", Limits{Output: 1 << 20}, ErrOutput},
		{"memory of strings", "#set($l=[])#set($s='x')#set($s=$s.repeat(100000))#foreach($i in [1..1000])#set($t=\"$s$i\")#set($x=$l.add($t))#end", Limits{Memory: 1 << 20}, ErrMemory},
		{"strings that are dropped", "#set($s='x')#set($s=$s.repeat(10000))#foreach($i in [1..1000])#set($t=$s+$i)#end", Limits{Memory: 1 << 20}, nil},
		{"memory of lists", "#set($l=[])#foreach($i in [1..1000])#set($x=$l.add([1..1000]))#end", Limits{Memory: 1 << 20}, ErrMemory},
		{"lists that are dropped", "#foreach($i in [1..1000])#set($r=[1..1000])#end", Limits{Memory: 1 << 20}, nil},
		{"work", loops, Limits{}, ErrWork},
		{"overrides", "#set($s='x')#set($context.requestOverride.path.x=$s.repeat(1000000))", Limits{}, nil},
		{"larger overrides", "#set($s='x')#set($context.requestOverride.path.x=$s.repeat(1100000))", Limits{}, ErrMemory},
		{"range", "#set($r=[1..2000000000])", Limits{}, ErrElements},
		{"list", "#set($l=[])#foreach($i in [1..100])$l.add(1)#end", Limits{Elements: 100}, nil},
		{"longer list", "#set($l=[])#foreach($i in [1..101])$l.add(1)#end", Limits{Elements: 100}, ErrElements},
		{"payload list", "#set($l=$input.path('$.l'))#foreach($i in [1..101])$l.add(1)#end", Limits{Elements: 100}, ErrElements},
		{"map", "#set($m={})#foreach($i in [1..101])$m.put($i,1)#end", Limits{Elements: 100}, ErrElements},
		{"time", loops, Limits{Time: time.Millisecond}, ErrTime},
		{"pattern", "#set($s='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')$s.matches('(a|a?)+\\1$b')", Limits{Work: 100_000}, ErrWork},
		{"many patterns", "#set($s='aaaaaaaaaaaaaaaaaaaa')#foreach($i in [1..1000])$s.replaceAll('(?=a)','b')#end", Limits{Work: 100_000}, ErrWork},
	} {
		t.Run(c.name, func(t *testing.T) {
			tt, err := ParseWith(c.template, Options{Limits: c.limits})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err = tt.Render(&out, &Vars{Text: `{"l":[]}`})
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if err != nil && out.Len() > 0 {
				t.Errorf("wrote %d bytes before failing, want none", out.Len())
			}
		})
	}
}

func TestTemplateLimits(t *testing.T) {
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for _, c := range []struct{ name, template, want string }{
		{"length", strings.Repeat("x", 300<<10+1), "the template is too long"},
		{"directives", deep("#if(true)", "#end", 10000), "the template nests too deeply"},
		{"parentheses", "#if(" + deep("(", ")", 10000), "the template nests too deeply"},
		{"lists", "#set($x=" + deep("[", "]", 10000) + ")", "the template nests too deeply"},
		{"arguments", "$a" + strings.Repeat(".b($a", 10000), "the template nests too deeply"},
		{"not", "#if(" + strings.Repeat("!", 10000) + "true)#end", "the template nests too deeply"},
	} {
		_, err := Parse(c.template)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Message != c.want {
			t.Errorf("%s: got %.200v, want %q", c.name, err, c.want)
		}
	}
}

func TestRenderObeysContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tt, err := Parse("#foreach($a in [1..900])#foreach($b in [1..900])#end#end")
	if err != nil {
		t.Fatal(err)
	}
	if err := tt.RenderContext(ctx, &bytes.Buffer{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestValuesWithinThemselves(t *testing.T) {
	for _, template := range []string{
		"#set($m={})#set($l=[$m])$m.put('l',$l)$m",
		"#set($m={})#set($l=[$m])$m.put('l',$l)$m.hashCode()",
		"#set($a=[])#set($b=[$a])$a.add($b)#set($c=[])#set($d=[$c])$c.add($d)#if($a==$c)#end",
		"#set($j=$input.path('$.l'))#set($l=[$j])$j.add($l)$j",
		"#set($j=$input.path('$'))$j.put('me',$j)$j",
	} {
		tt, err := Parse(template)
		if err != nil {
			t.Fatal(err)
		}
		if err := tt.Render(&bytes.Buffer{}, &Vars{Text: `{"l":[]}`}); err == nil && !strings.Contains(template, "'me'") {
			t.Errorf("%s: rendered, want an error", template)
		}
	}
}

func TestErrorsHaveAPlace(t *testing.T) {
	_, err := Parse("one\ntwo #if(1 +)\nthree")
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 2 || syntax.Column != 12 || syntax.SourceLine != "two #if(1 +)" {
		t.Errorf("got %+v, want line 2, column 12", syntax)
	}
	tt, err := Parse("é\r\n  $input.path('$.s').substring(9)")
	if err != nil {
		t.Fatal(err)
	}
	err = tt.Render(&bytes.Buffer{}, &Vars{Text: `{"s":"x"}`})
	var render *RenderError
	if !errors.As(err, &render) || render.Line != 2 || render.Column != 22 || render.SourceLine != "  $input.path('$.s').substring(9)" {
		t.Errorf("got %+v, want line 2, column 22", render)
	}
}

func TestManyGoroutinesRenderOneTemplate(t *testing.T) {
	tt, err := Parse(`#set($m={})#foreach($i in $input.path('$.l'))#set($m.last=$i)$i#end|$m.last|$context.stage`)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for range 200 {
				n := string(rune('a' + g))
				out, err := tt.Append(context.Background(), nil, &Vars{Body: []byte(`{"l":["` + n + `",1]}`)})
				if want := n + "1|1|"; err != nil || string(out) != want {
					t.Errorf("got %q, %v, want %q", out, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}
