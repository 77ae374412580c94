package vtl

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// bomber makes a template of the bytes of a fuzzer: each chooses among what can
// grow, double, be kept, be matched and be walked over, in loops within loops.
type bomber struct {
	data  []byte
	out   strings.Builder
	depth int
	names []string // of all methods
}

func (b *bomber) next(n int) int {
	if len(b.data) == 0 {
		return 0
	}
	c := int(b.data[0])
	b.data = b.data[1:]
	return c % n
}

func (b *bomber) pick(list ...string) string { return list[b.next(len(list))] }

func (b *bomber) variable() string { return b.pick("$a", "$b", "$c", "$d", "$p", "$l", "$m", "$s") }

// argument is what may stand in the parentheses of a call.
func (b *bomber) argument() string {
	switch b.next(12) {
	case 0:
		return b.pick("0", "1", "-1", "7", "1000", "99999", "2000000000", "1.5")
	case 1:
		return b.pick("''", "'x'", "','", "'(a|a)*b'", "'$0$0'", "'.*'", "'%s%s'", "'%9999d'", "'(?=.)'", "'\\\\1'")
	case 2:
		return b.pick("[1..1000]", "[1..100000]", "[]", "{}", "true", "null", "$i")
	case 3:
		return `"` + b.variable() + b.variable() + `"`
	case 4:
		return "[" + b.variable() + "," + b.variable() + "]"
	case 5:
		return "{'k':" + b.variable() + "," + b.variable() + ":1}"
	case 6:
		return b.pick("$input.body", "$input.path('$')", "$input.path('$..*')", "$input.json('$')", "$context", "$input.params()")
	}
	return b.variable()
}

func (b *bomber) expression() string {
	switch b.next(8) {
	case 0:
		return b.argument()
	case 1:
		return b.variable() + b.pick(" + ", " * ", " - ", " / ", " % ", " == ", " < ") + b.variable()
	case 2:
		return "$util." + b.pick("escapeJavaScript", "urlEncode", "urlDecode", "base64Encode", "base64Decode", "parseJson") + "(" + b.argument() + ")"
	}
	if b.next(4) > 0 {
		call := calls[b.next(len(calls))]
		for strings.Contains(call, "@") {
			call = strings.Replace(call, "@", b.argument(), 1)
		}
		return b.variable() + "." + call
	}
	args := make([]string, b.next(4))
	for i := range args {
		args[i] = b.argument()
	}
	return b.variable() + "." + b.names[b.next(256)%len(b.names)] + "(" + strings.Join(args, ",") + ")"
}

// calls are what makes things grow, or looks through all of them.
var calls = strings.Fields(`add(@) add(0,@) addAll(@) put(@,@) putAll(@) replaceAll(@,@) replaceFirst(@,@) replace(@,@) repeat(@) concat(@)
	split(@) split(@,-1) substring(@) substring(0,@) toString() clone() keySet() entrySet() values() get(@) remove(@) subList(0,@) subList(@,@)
	sort(null) matches(@) indexOf(@) lastIndexOf(@) contains(@) containsKey(@) containsValue(@) containsAll(@) retainAll(@) removeAll(@) iterator()
	toCharArray() getBytes() toUpperCase() toLowerCase() format(@,@) formatted(@) join(@,@) hashCode() equals(@) compareTo(@) compareToIgnoreCase(@)
	multiply(@) add(@) divide(@) mod(@) gcd(@) pow(@) setScale(@) indent(@) trim() getClass() toArray() toJSONString() set(0,@) putIfAbsent(@,@)
	getOrDefault(@,@) charAt(@) length() size() next() clear() toPlainString() stripTrailingZeros() toBigInteger()`)

func (b *bomber) statement() {
	b.depth++
	defer func() { b.depth-- }()
	switch kind := b.next(10); {
	case kind == 0 && b.depth < 5:
		b.out.WriteString("#foreach($i in " + b.pick("[1..1000]", "[1..5]", "$l", "$m", "$p.keySet()", "$l.iterator()") + ")")
		b.statements(4)
		b.out.WriteString("#end")
	case kind == 1 && b.depth < 5:
		b.out.WriteString("#define(" + b.variable() + ")")
		b.statements(3)
		b.out.WriteString("#end")
	case kind == 2 && b.depth < 5:
		b.out.WriteString("#if(" + b.expression() + ")")
		b.statements(3)
		b.out.WriteString("#end")
	case kind == 3:
		b.out.WriteString(b.variable())
	case kind == 4:
		b.out.WriteString("#set($context.requestOverride.path.x=" + b.expression() + ")")
	case kind == 5:
		b.out.WriteString("#set(" + b.variable() + "[" + b.pick("0", "'k'", "$i", "$a") + "]=" + b.expression() + ")")
	default:
		b.out.WriteString("#set(" + b.variable() + "=" + b.expression() + ")")
	}
}

func (b *bomber) statements(most int) {
	for range 1 + b.next(most) {
		b.statement()
	}
}

func bombOf(data []byte) string {
	b := &bomber{data: data, names: java.MethodNames()}
	b.out.WriteString("#set($p=$input.path('$'))#set($l=[1,'a'])#set($m={'k':1})#set($s='ab')#set($a='x')#set($b=[1..9])#set($c=$p.l)#set($d=12345678901234567890)")
	for len(b.data) > 0 {
		b.statement()
	}
	return b.out.String()
}

// FuzzBombs looks for templates that do or hold more than they pay for. Work is
// about 10 ns and what is allocated a few bytes for each; both bounds leave much room.
func FuzzBombs(f *testing.F) {
	for i := range 64 {
		f.Add([]byte(strings.Repeat(string(rune('0'+i)), 1+i%7)+strings.Repeat("abcz{9", i)), `{"l":[1,2,{"a":"b"}],"s":"\u00e9x"}`)
	}
	limits := Limits{Work: 400_000, Memory: 2 << 20, Output: 1 << 20}
	const most, mostBytes = 100 * time.Millisecond, 64 << 20
	f.Fuzz(func(t *testing.T, data []byte, body string) {
		if len(data) > 400 || len(body) > 64<<10 {
			return
		}
		account := NewAccount(4 << 20)
		template := bombOf(data)
		tt, err := ParseWith(template, Options{Limits: limits, Account: account})
		if err != nil {
			return
		}
		render := func() {
			out, err := tt.Append(context.Background(), nil, &Vars{Text: body, Context: fixed{"a": "b"}})
			var payload *PayloadError
			var render *RenderError
			if err != nil && (len(out) > 0 || !errors.As(err, &payload) && !errors.As(err, &render)) {
				t.Errorf("%d bytes with %v", len(out), err)
			}
		}
		spent := cost.Of(render)
		for range 3 {
			if spent.Time <= most && spent.Bytes <= mostBytes {
				break
			}
			again := cost.Of(render)
			spent.Time, spent.Bytes = min(spent.Time, again.Time), min(spent.Bytes, again.Bytes)
		}
		if spent.Time > most || spent.Bytes > mostBytes {
			t.Errorf("%s\ncost %v and %d KB, want at most %v and %d KB", template, spent.Time, spent.Bytes>>10, most, mostBytes>>10)
		}
		if account.Used() != 0 || len(account.slots) != 0 {
			t.Errorf("%d bytes and %d slots are not given back", account.Used(), len(account.slots))
		}
	})
}
