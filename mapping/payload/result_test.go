package payload

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func show(r *Result, err error) string {
	if err != nil {
		if !errors.Is(err, ErrMalformed) {
			return "another error: " + err.Error()
		}
		return err.Error()
	}
	return fmt.Sprintf("%d %v %q", r.StatusCode, r.Fields, r.Body)
}

func TestWebSocketResult(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty object", `{}`, `200 [] ""`},
		{"full", `{"statusCode":201,"headers":{"A":"1","B":2,"C":true},"multiValueHeaders":{"A":["2","3"],"D":["4"]},"body":"b","isBase64Encoded":false}`,
			`201 [{A 1} {A 2} {A 3} {B 2} {C true} {D 4}] "b"`},
		{"status as text", `{"statusCode":"404"}`, `404 [] ""`},
		{"base64", `{"body":"aGk=","isBase64Encoded":true}`, `200 [] "hi"`},
		{"base64 as text", `{"body":"aGk=","isBase64Encoded":"true"}`, `200 [] "hi"`},
		{"not base64 as text", `{"body":"aGk=","isBase64Encoded":"false"}`, `200 [] "aGk="`},
		{"nulls", `{"statusCode":null,"headers":null,"body":null,"isBase64Encoded":null}`, `200 [] ""`},
		{"null", `null`, `malformed answer: not an object`},
		{"string", `"x"`, `malformed answer: not an object`},
		{"list", `[]`, `malformed answer: not an object`},
		{"nothing", ``, `malformed answer: not JSON`},
		{"lenient JSON", `{statusCode: 200}`, `malformed answer: not JSON`},
		{"unknown member", `{"statusCode":200,"extra":1}`, `malformed answer: unknown member "extra"`},
		{"body is an object", `{"body":{}}`, `malformed answer: body has the wrong type`},
		{"headers is a list", `{"headers":[]}`, `malformed answer: headers has the wrong type`},
		{"header is an object", `{"headers":{"a":{}}}`, `malformed answer: header a is no string`},
		{"header with a line end", `{"headers":{"a":"x\r\ny"}}`, `malformed answer: header "a" is not well formed`},
		{"status is a word", `{"statusCode":"ok"}`, `malformed answer: statusCode "ok" is no integer`},
		{"status is a fraction", `{"statusCode":200.5}`, `malformed answer: statusCode is no integer`},
		{"status out of range", `{"statusCode":0}`, `malformed answer: statusCode 0 is out of range`},
		{"bad base64", `{"body":"%","isBase64Encoded":true}`, `malformed answer: body is not base64`},
		{"odd flag", `{"isBase64Encoded":"yes"}`, `malformed answer: isBase64Encoded is no boolean`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(ParseWebSocketResult([]byte(tt.in))); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestV2Result(t *testing.T) {
	const plainJSON = "200 [{content-type application/json}] "
	const text = "{content-type text/plain; charset=utf-8}]"
	for _, tt := range []struct{ name, in, want string }{
		{"structured", `{"statusCode":201,"body":"b"}`, `201 [` + text + ` "b"`},
		{"no body", `{"statusCode":200}`, `200 [` + text + ` ""`},
		{"its own type", `{"statusCode":200,"headers":{"Content-Type":"a/b"}}`, `200 [{Content-Type a/b}] ""`},
		{"cookies first", `{"statusCode":200,"headers":{"Set-Cookie":"h=1","content-type":"a/b"},"cookies":["a=1","b=2"]}`,
			`200 [{set-cookie a=1} {set-cookie b=2} {Set-Cookie h=1} {content-type a/b}] ""`},
		{"multi value headers do not count", `{"statusCode":200,"multiValueHeaders":{"A":["1"]}}`, `200 [` + text + ` ""`},
		{"unknown members do not matter", `{"statusCode":200,"extra":1}`, `200 [` + text + ` ""`},
		{"base64", `{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`, `200 [` + text + ` "hi"`},
		{"status as text", `{"statusCode":"404"}`, `404 [` + text + ` ""`},
		{"object without a status", `{"a":1}`, plainJSON + `"{\"a\":1}"`},
		{"string", `"te\"st"`, plainJSON + `"te\"st"`},
		{"empty string", `""`, plainJSON + `""`},
		{"number", `5`, plainJSON + `"5"`},
		{"list", `[1]`, plainJSON + `"[1]"`},
		{"null", `null`, plainJSON + `"null"`},
		{"no JSON", `<html>`, plainJSON + `"<html>"`},
		{"status zero", `{"statusCode":0}`, `malformed answer: statusCode 0`},
		{"status is a fraction", `{"statusCode":200.5}`, `malformed answer: statusCode is no integer`},
		{"status null", `{"statusCode":null}`, `malformed answer: statusCode is no integer`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(ParseV2Result([]byte(tt.in))); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestV1Result(t *testing.T) {
	const text = "{content-type text/plain; charset=utf-8}]"
	for _, tt := range []struct{ name, in, want string }{
		{"plain", `{"statusCode":200,"body":"b"}`, `200 [` + text + ` "b"`},
		{"merged headers", `{"statusCode":200,"headers":{"a":"1","B":"2"},"multiValueHeaders":{"A":["3"],"c":["4","5"]}}`,
			`200 [{a 1} {A 3} {B 2} {c 4} {c 5} ` + text + ` ""`},
		{"no status", `{"body":"b"}`, `malformed answer: statusCode is missing`},
		{"string", `"x"`, `malformed answer: not an object`},
		{"no JSON", `x`, `malformed answer: not JSON`},
		{"multi value is no list", `{"statusCode":200,"multiValueHeaders":{"a":"1"}}`, `malformed answer: multiValueHeaders.a is no list`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(ParseV1Result([]byte(tt.in))); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestResultHeader(t *testing.T) {
	r, err := ParseWebSocketResult([]byte(`{"headers":{"Sec-WebSocket-Protocol":"a"},"multiValueHeaders":{"X":["1","2"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(r.Header()), "map[Sec-WebSocket-Protocol:[a] X:[1 2]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzResults(f *testing.F) {
	f.Add(`{"statusCode":200,"headers":{"a":"b"},"multiValueHeaders":{"a":["c"]},"cookies":["x"],"body":"aGk=","isBase64Encoded":true}`)
	f.Fuzz(func(t *testing.T, in string) {
		for _, parse := range []func([]byte) (*Result, error){ParseWebSocketResult, ParseV1Result, ParseV2Result} {
			r, err := parse([]byte(in))
			if err != nil {
				if !errors.Is(err, ErrMalformed) {
					t.Fatalf("%q: %v", in, err)
				}
				continue
			}
			if r.StatusCode < 100 || r.StatusCode > 599 {
				t.Fatalf("%q: status %d", in, r.StatusCode)
			}
			for _, field := range r.Fields {
				if strings.ContainsAny(field.Name+field.Value, "\r\n") {
					t.Fatalf("%q: header %q", in, field)
				}
			}
		}
	})
}

func BenchmarkParseResult(b *testing.B) {
	in := []byte(`{"statusCode":200,"headers":{"x":"y"},"body":"{\"message\":\"hello there\"}","isBase64Encoded":false}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseWebSocketResult(in); err != nil {
			b.Fatal(err)
		}
	}
}
