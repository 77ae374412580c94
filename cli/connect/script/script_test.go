package script

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// expectation is the line of one expectation, below lines that capture a name.
func expectation(t *testing.T, text string) *Line {
	t.Helper()
	lines, err := Parse("< {{known=*}}\n"+text, time.Second)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &lines[len(lines)-1]
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, want, got string
		differ          []Difference // nil where it fits
	}{
		{"a subset of members", `< {"a":1}`, `{"b":2,"a":1}`, nil},
		{"members below", `< {"a":{"b":[1,{"c":2}]}}`, `{"a":{"b":[1,{"c":2,"d":3}],"x":0}}`, nil},
		{"numbers by value", `< {"n":1.0}`, `{"n":1e0}`, nil},
		{"large numbers are not rounded", `< {"n":9007199254740993}`, `{"n":9007199254740992}`, []Difference{{"$.n", "9007199254740993", "9007199254740992"}}},
		{"a number too long to be worked out", `< {"n":1e999999999}`, `{"n":1e999999998}`, []Difference{{"$.n", "1e999999999", "1e999999998"}}},
		{"a number is no text", `< {"n":1}`, `{"n":"1"}`, []Difference{{"$.n", "1", `"1"`}}},
		{"null is there", `< {"n":null}`, `{}`, []Difference{{"$.n", "null", "nothing"}}},
		{"null", `< {"n":null}`, `{"n":null}`, nil},
		{"a list has all its items", `< [1,2]`, `[1,2,3]`, []Difference{{"$[2]", "nothing", "3"}}},
		{"a list that is shorter", `< [1,2]`, `[1]`, []Difference{{"$[1]", "2", "nothing"}}},
		{"an open list", `< [1,{{...}}]`, `[1,2,3]`, nil},
		{"an open list may end", `< {"l":[1,"{{...}}"]}`, `{"l":[1]}`, nil},
		{"an open list begins so", `< [1,"{{...}}"]`, `[2]`, []Difference{{"$[0]", "1", "2"}}},
		{"anything", `< {"a":"{{*}}"}`, `{"a":{"b":[]}}`, nil},
		{"anything is not nothing", `< {"a":{{*}}}`, `{}`, []Difference{{"$.a", `"{{*}}"`, "nothing"}}},
		{"absent", `< {"a":{{absent}}}`, `{"b":1}`, nil},
		{"not absent", `< {"a":{{absent}}}`, `{"a":null}`, []Difference{{"$.a", "absent", "null"}}},
		{"kinds", `< [{{string}},{{number}},{{boolean}},{{object}},{{array}}]`, `["a",1,true,{},[]]`, nil},
		{"another kind", `< [{{string}}]`, `[1]`, []Difference{{"$[0]", `"{{string}}"`, "1"}}},
		{"a regular expression is of the whole", `< {"id":"{{/[0-9a-f]{4}/}}"}`, `{"id":"7f3ab"}`, []Difference{{"$.id", `"{{/[0-9a-f]{4}/}}"`, `"7f3ab"`}}},
		{"a regular expression with braces at its end", `< {"id":"{{/[0-9a-f]{4}/}}"}`, `{"id":"7f3a"}`, nil},
		{"backslashes are written once", `< {"id":"{{/\d+/}}"}`, `{"id":"42"}`, nil},
		{"alternatives", `< {"id":"{{/a|b/}}"}`, `{"id":"ab"}`, []Difference{{"$.id", `"{{/a|b/}}"`, `"ab"`}}},
		{"a regular expression of a number", `< {"n":{{/4./}}}`, `{"n":42}`, nil},
		{"part of a text", `< {"t":"order {{/\d+/}} of {{*}} is late"}`, `{"t":"order 42 of Ann is late"}`, nil},
		{"part of a text that differs", `< {"t":"order {{/\d+/}}"}`, `{"t":"order x"}`, []Difference{{"$.t", `"order {{/\d+/}}"`, `"order x"`}}},
		{"signs of regular expressions are text", `< {"t":"a.c (1+1)"}`, `{"t":"a.c (1+1)"}`, nil},
		{"a name from above", `< {"id":"{{known}}"}`, `{"id":"K.1"}`, nil},
		{"a name within a text", `< {"id":"<{{known}}>"}`, `{"id":"<K.1>"}`, nil},
		{"a name is no pattern", `< {"id":"<{{known}}>"}`, `{"id":"<K11>"}`, []Difference{{"$.id", `"<{{known}}>"`, `"<K11>"`}}},
		{"names of members", `< {"a b":1,"c-d":2}`, `{"a b":2,"c-d":1}`, []Difference{{`$["a b"]`, "1", "2"}, {"$.c-d", "2", "1"}}},
		{"no JSON came", `< {"a":1}`, `Internal`, []Difference{{"", "JSON", "Internal"}}},
		{"what follows JSON", `< {"a":1}`, `{"a":1} x`, []Difference{{"", "JSON", `{"a":1} x`}}},
		{"text", `< pong`, `pong`, nil},
		{"text is of the whole", `< pong`, `pong!`, []Difference{{"", "pong", "pong!"}}},
		{"text with patterns", `< at {{/\d\d:\d\d/}}`, `at 05:22`, nil},
		{"text over lines", "< a\n  {{*}}\n  c", "a\nb\nb\nc", nil},
		{"JSON over lines", "< {\n    \"a\": 1\n  }", `{"a":1,"b":2}`, nil},
		{"nothing", `<`, ``, nil},
		{"exact", `<= {"a":1}`, `{"a":1}`, nil},
		{"exact is not by value", `<= {"a":1}`, `{"a": 1}`, []Difference{{"", `{"a":1}`, `{"a": 1}`}}},
		{"exact braces", `<= {{*}}`, `{{*}}`, nil},
		{"a search", `<~ ord.r \d+`, `the order 42 is late`, nil},
		{"a search with an end", `<~ ^the$`, `then`, []Difference{{"", "^the$", "then"}}},
		{"quoted", `<q "a\tb\n"`, "a\tb\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := expectation(t, c.want).Match(Frame{Body: []byte(c.got)}, Values{"known": "K.1"})
			if d := cmp.Diff(c.differ, got); d != "" {
				t.Errorf("%s held against %s (-want +got):\n%s", c.got, c.want, d)
			}
		})
	}
}

// A binary frame is never a text one, whatever its bytes.
func TestMatchBinary(t *testing.T) {
	if d := expectation(t, "<b AQI=").Match(Frame{Body: []byte{1, 2}, Binary: true}, nil); d != nil {
		t.Errorf("got %v, want the same bytes to fit", d)
	}
	for _, text := range []string{"<b YQ==", "<b AQM="} {
		if d := expectation(t, text).Match(Frame{Body: []byte("a")}, nil); len(d) != 1 {
			t.Errorf("%s: got %v, want a text frame not to fit", text, d)
		}
	}
	for _, text := range []string{"< a", "<~ a", "<= a"} {
		if d := expectation(t, text).Match(Frame{Body: []byte("a"), Binary: true}, nil); len(d) != 1 {
			t.Errorf("%s: got %v, want a binary frame not to fit", text, d)
		}
	}
}

// What was captured stands in later messages and expectations, and only once all fits.
func TestCaptures(t *testing.T) {
	lines, err := Parse(strings.Join([]string{
		`< {"id":"{{id=/c\d/}}","n":{{n=number}},"t":"by {{who=*}}."}`,
		`> {"to":"{{id}}","n":{{n}},"who":"{{who}}","else":"{{other}}"}`,
		`> {{id}} {{who}}`,
		`< {"from":"{{id}}","n":{{n}}}`,
	}, "\n"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	values := Values{}
	if d := lines[0].Match(Frame{Body: []byte(`{"id":"c7","n":"x","t":"by A."}`)}, values); len(d) != 1 || len(values) != 0 {
		t.Errorf("got %v and %v, want a difference and no values", d, values)
	}
	if d := lines[0].Match(Frame{Body: []byte(`{"id":"c7","n":1.50,"t":"by \"A\"."}`)}, values); d != nil {
		t.Fatalf("got %v, want it to fit", d)
	}
	if got, want := string(lines[1].Message(values).Body), `{"to":"c7","n":1.50,"who":"\"A\"","else":"{{other}}"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(lines[2].Message(values).Body), `c7 "A"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if d := lines[3].Match(Frame{Body: []byte(`{"from":"c7","n":1.50}`)}, values); d != nil {
		t.Errorf("got %v, want it to fit", d)
	}
}

func TestParse(t *testing.T) {
	lines, err := Parse("\uFEFF# what it is for\r\n\n= connected\n/ping\n> a\n  b\n<2s c\ntimeout 3s\n<&4s d\n<~ e\n= silence 10ms\n/wait 1s\n/close 4000 good bye\n= closed any\n/reconnect\n= refused 403 {\n    \"message\": \"Forbidden\"\n  }\n= closed 1001 Going away\n", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Number   int
		Verb     Verb
		Body     string
		Within   time.Duration
		Code     int
		Reason   string
		AnyOrder bool
	}
	var got []row
	for _, l := range lines {
		got = append(got, row{l.Number, l.Verb, string(l.Frame.Body), l.Within, l.Code, l.Reason, l.AnyOrder})
	}
	want := []row{
		{3, Connected, "", time.Second, 0, "", false}, {4, Ping, "", time.Second, 0, "", false},
		{5, Send, "a\nb", time.Second, 0, "", false}, {7, Expect, "", 2 * time.Second, 0, "", false},
		{9, Expect, "", 4 * time.Second, 0, "", true}, {10, Expect, "", 3 * time.Second, 0, "", false},
		{11, Silence, "", 10 * time.Millisecond, 0, "", false}, {12, Wait, "", time.Second, 0, "", false},
		{13, Close, "", 3 * time.Second, 4000, "good bye", false}, {14, Closed, "", 3 * time.Second, 0, "", false},
		{15, Reconnect, "", 3 * time.Second, 0, "", false}, {16, Refused, "", 3 * time.Second, 403, "", false},
		{19, Closed, "", 3 * time.Second, 1001, "Going away", false},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := lines[11].Want.Match(Frame{Body: []byte(`{"message": "Forbidden", "requestId":"x"}`)}, nil); d != nil {
		t.Errorf("the body of a refusal: got %v, want it to fit", d)
	}
}

// Whatever cannot be kept is told before anything is sent.
func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"hello":             "want > to send",
		"  indented":        "want > to send",
		">{}":               "stands beside >",
		"<{}":               "stands beside <",
		"<2 x":              "stands beside <",
		"<=2d x":            "stands beside <",
		"< {\"a\":":         "begins as JSON and is none",
		"< [1] 2":           "begins as JSON and is none",
		"< {{nobody}}":      "is no pattern",
		"< {{/a":            "has no end /}}",
		"< {{/(/}}":         "no regular expression",
		"< {{a":             "has no end }}",
		"< {{x=...}}":       "is no pattern",
		"< \U000F0000":      "private use",
		"<~ (":              "no regular expression",
		">q a":              "no text of JSON",
		">b %":              "no base64",
		"<b %":              "no base64",
		"= gone":            "want = connected",
		"= refused":         "want = refused STATUS",
		"= refused 99":      "want = refused STATUS",
		"= closed 999":      "no close code",
		"/close x":          "no close code",
		"/wait":             "is no time",
		"/wait 2h":          "is no time",
		"= silence -1s":     "is no time",
		"timeout soon":      "is no time",
		"/frobnicate":       "want /ping",
		"< {\"a\":{{b}}}\n": "is no pattern",
	} {
		_, err := Parse("# first\n"+text, time.Second)
		if err == nil || !strings.HasPrefix(err.Error(), "line 2: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want line 2 and %q", text, err, want)
		}
	}
}

// Whatever was recorded is read back as the frames that passed.
func FuzzWriterIsReadBack(f *testing.F) {
	for _, text := range []string{"", " a", "a ", "\n", "a\n  b", "a\n\nb", "\r\n", `{"a":"{{*}}"}`, `{"a":1}`, "{", "[1", "# a", "> b", "{{", "{{x", "\u200b", "\u2028", "\U000E0001", "\U000F0000", "é", "\x1b[2J", "\xff"} {
		f.Add([]byte(text), false, []byte(text), true)
		f.Add([]byte("x"), true, []byte(text), false)
	}
	f.Fuzz(func(t *testing.T, sent []byte, sentBinary bool, received []byte, receivedBinary bool) {
		// A text frame is UTF-8 (RFC 6455, section 5.6).
		out, in := Frame{sent, sentBinary || !utf8.Valid(sent)}, Frame{received, receivedBinary || !utf8.Valid(received)}
		var b bytes.Buffer
		w := NewWriter(&b)
		for _, err := range []error{w.Comment("a\nb"), w.Sent(out), w.Received(in), w.State("closed 1000"), w.Command("ping")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		lines, err := Parse(b.String(), time.Second)
		if err != nil || len(lines) != 4 {
			t.Fatalf("got %d lines and %v of\n%s", len(lines), err, b.String())
		}
		if got := lines[0].Message(nil); got.Binary != out.Binary || !bytes.Equal(got.Body, out.Body) {
			t.Fatalf("sent %q, read %q of\n%s", out.Body, got.Body, b.String())
		}
		if d := lines[1].Match(in, nil); d != nil {
			t.Fatalf("received %q, which differs from itself: %v in\n%s", in.Body, d, b.String())
		}
	})
}
