package expr

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// sample answers every variable with its kind and name, and has two bodies.
type sample struct{ request, response string }

func (s sample) Variable(kind Kind, name string) string {
	if name == "absent" {
		return ""
	}
	return fmt.Sprintf("<%d %s>", kind, name)
}

func (s sample) Body(kind Kind) []byte {
	if kind == RequestBody {
		return []byte(s.request)
	}
	return []byte(s.response)
}

const message = `{"action":"join","service":"chat","n":5,"f":1.50,"ok":true,"nul":null,"esc":"a\tb",` +
	`"list":["item1","item2"],"deep":{"a":[1,{"b":"x"}]},"a b":"spaced","dup":1,"dup":2}`

func TestEval(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"static", "action", "action"},
		{"static with dots", "request.body.action", "request.body.action"},
		{"empty", "", ""},
		{"escaped dollar", `\$default`, "$default"},
		{"escape within", `a\$b\c`, `a$b\c`},
		{"bare default", "$default", "$default"},
		{"variable", "$request.body.action", "join"},
		{"braces", "${request.body.action}", "join"},
		{"two with text", "${request.body.service}/${request.body.action}-v1", "chat/join-v1"},
		{"missing is empty", "${request.body.action}-${request.body.invalidPath}", "join-"},
		{"bare ends at a slash", "$request.body.service/$request.body.action", "chat/join"},
		{"bare ends before a last dot", "$request.body.action.", "join."},
		{"number", "$request.body.n", "5"},
		{"double prints as Java does", "$request.body.f", "1.5"},
		{"boolean", "$request.body.ok", "true"},
		{"null", "$request.body.nul", ""},
		{"escaped string", "$request.body.esc", "a\tb"},
		{"array", "$request.body.list", "[item1, item2]"},
		{"object", "$request.body.deep", "{a=[1, {b=x}]}"},
		{"last duplicate", "$request.body.dup", "2"},
		{"index", "$request.body.list[1]", "item2"},
		{"wildcard", "$request.body.list[*]", "[item1, item2]"},
		{"quoted name", "$request.body['a b']", "spaced"},
		{"brace in a quoted name", "${request.body['a}b']}", ""},
		{"filter", "${request.body.list[?(@ == 'item1')]}", "[item1]"},
		{"deep scan", "$request.body..b", "[x]"},
		{"whole body", "$response.body", "[1]"},
		{"response body", "$integration.response.body.x", ""},
		{"request header", "$request.header.x-api-key", "<2 x-api-key>"},
		{"query", "${request.querystring.a}", "<4 a>"},
		{"method and path", "$request.method $request.path", "<5 > <6 >"},
		{"path variable", "$request.path.id", "<7 id>"},
		{"base path", "$request.basepath", "<8 >"},
		{"context", "$context.authorizer.usageIdentifierKey", "<13 authorizer.usageIdentifierKey>"},
		{"stage variable", "https://x/${stageVariables.v}/y", "https://x/<14 v>/y"},
		{"status", "${integration.response.statuscode}", "<10 >"},
		{"response header", "${integration.response.header.Content-Type}", "<11 Content-Type>"},
		{"response headers", "${integration.response.multivalueheader.X}", "<12 X>"},
		{"absent variable", "[$context.absent]", "[]"},
		{"not evaluated twice", "$request.body.service$request.body.action", "chatjoin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Parse(tt.src)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.src, err)
			}
			got, err := e.Eval(sample{message, "[1]"})
			if err != nil || got != tt.want {
				t.Errorf("%q is %q, %v, want %q", tt.src, got, err, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"unknown variable", "$request.boddy.x", "$request.boddy.x is no variable"},
		{"dollar alone", "a$", "$ is no variable"},
		{"open brace", "${request.body.a", "${ is not closed"},
		{"no header name", "$request.header", "$request.header is no variable"},
		{"bad header name", "${request.header.a b}", "no valid name after request.header."},
		{"bad path", "${request.body.a..}", "invalid path"},
		{"text after a whole variable", "$request.methods", "$request.methods is no variable"},
		{"integration request", "$integration.request.header.x", "is no variable"},
		{"too long", strings.Repeat("a", MaxLength+1), "too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.src)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse(%q) says %v, want %q", tt.src, err, tt.want)
			}
		})
	}
}

func TestNotJSON(t *testing.T) {
	for _, src := range []string{"$request.body.action", "${request.body.list[0]}"} {
		e, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"", "hello", "{", `{"action":"x"} y`, `{'action':'x'}`} {
			if got, err := e.Eval(sample{request: body}); err != ErrNotJSON {
				t.Errorf("%s of %q is %q, %v, want ErrNotJSON", src, body, got, err)
			}
		}
		if got, err := e.Eval(sample{request: `"text"`}); got != "" || err != nil {
			t.Errorf("%s of a JSON string is %q, %v, want nothing", src, got, err)
		}
	}
}

func TestParseURI(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"https://h/{id}?a=$x", "https://h/{id}?a=$x"},
		{"https://${stageVariables.host}/${stageVariables.v}", "https://<14 host>/<14 v>"},
		{"${stageVariables.a", "${stageVariables.a"},
		{"${context.a}", "${context.a}"},
	} {
		if got, err := ParseURI(tt.src).Eval(sample{}); err != nil || got != tt.want {
			t.Errorf("%q is %q, %v, want %q", tt.src, got, err, tt.want)
		}
	}
}

func TestRefsAndStatic(t *testing.T) {
	e, err := Parse("a${request.body.x.y}$context.z")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(e.Refs()), "[${request.body.x.y} ${context.z}]"; got != want {
		t.Errorf("Refs are %s, want %s", got, want)
	}
	if _, ok := e.Static(); ok {
		t.Error("an expression with variables says it is static")
	}
	s, _ := Parse(`\$default`)
	if text, ok := s.Static(); !ok || text != "$default" {
		t.Errorf("static text is %q, %v", text, ok)
	}
	v, err := ParseVariable("context.connectionId")
	if err != nil || fmt.Sprint(v.Refs()) != "[${context.connectionId}]" {
		t.Errorf("ParseVariable gives %v, %v", v, err)
	}
}

func TestRouteSelectionDoesNotAllocate(t *testing.T) {
	e, err := Parse("$request.body.action")
	if err != nil {
		t.Fatal(err)
	}
	var v Variables = fixed(message)
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { dst, _ = e.Append(dst[:0], v) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// fixed is a request body and nothing else.
type fixed []byte

func (f fixed) Variable(Kind, string) string { return "" }
func (f fixed) Body(Kind) []byte             { return f }

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"$request.body.action", "${request.body.a}/${context.b}-c", `\$x`, "$request.body..a[?(@.b == 1)]"} {
		f.Add(s, message)
	}
	f.Fuzz(func(t *testing.T, src, body string) {
		e, err := Parse(src)
		if err != nil {
			return
		}
		if e.String() != src {
			t.Fatalf("String is %q, want %q", e.String(), src)
		}
		if got, err := e.Eval(fixed(body)); err == nil && len(got) > 8*(len(src)+1)*(len(body)+1) {
			t.Fatalf("%q of %q grew to %d bytes", src, body, len(got))
		}
	})
}

func BenchmarkAction(b *testing.B) {
	for _, size := range []int{100, 1 << 10, 100 << 10} {
		body := `{"action":"send","data":{"text":"` + strings.Repeat("lorem ipsum ", size/12) + `","list":[1,2,3]}}`
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			e, err := Parse("$request.body.action")
			if err != nil {
				b.Fatal(err)
			}
			var v Variables = fixed(body)
			var dst []byte
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if dst, err = e.Append(dst[:0], v); err != nil || string(dst) != "send" {
					b.Fatalf("%q, %v", dst, err)
				}
			}
		})
	}
}
