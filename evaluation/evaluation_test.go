package evaluation

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func ask(t *testing.T, language, question string, o Options) Answer {
	t.Helper()
	for _, l := range Languages() {
		if l.Name == language {
			return l.Evaluate(t.Context(), []byte(question), o)
		}
	}
	t.Fatalf("there is no language %s", language)
	return Answer{}
}

// said is an output, or what stands for it.
func said(a Answer) string {
	if a.Output != nil {
		return *a.Output
	}
	return a.Error + ": " + a.Message
}

// references are an explanation in short: text=value, and ? where there is none.
func references(a Answer) string {
	if a.Explained == nil {
		return ""
	}
	var all []string
	for _, r := range a.References {
		if r.Unresolved {
			all = append(all, r.Text+"?")
		} else {
			all = append(all, r.Text+"="+*r.Value)
		}
	}
	return strings.Join(all, " ")
}

func TestLanguages(t *testing.T) {
	for _, row := range []struct{ language, question, want, references string }{
		{"template", `{"template":"$input.path('$.a') $nope.x\n","body":"{\"a\":1}"}`, "1 \n", "$input.path('$.a')=1 $nope.x?"},
		{"template", `{"template":"$context.a.b $stageVariables.v $input.params('q')","context":{"a":{"b":2}},"stageVariables":{"v":"w"},"params":{"querystring":{"q":3}}}`,
			"2 w 3", "$context.a.b=2 $stageVariables.v=w $input.params('q')=3"},
		{"template", `{"template":"#macro(m)q#end#m()","profile":"velocity"}`, "q", ""},
		{"template", `{"template":"#if("}`, "parse: line 1, column 5: unexpected end of the template", ""},
		{"template", `{"template":"$input.path('$')","body":"{"}`, "payload: Could not process payloadnet.minidev.json.parser.ParseException: Unexpected End Of File position 0: null", ""},
		{"template", `{"body":""}`, "input: there is no template", ""},
		{"template", `[]`, "input: want a JSON object", ""},

		{"jsonpath", `{"path":"$.a[1]","body":"{a:[1,{\"b\":2}]}"}`, `{"b":2}`, `$.a[1]={"b":2}`},
		{"jsonpath", `{"path":"$..b","body":"{\"a\":{\"b\":2}}"}`, "[2]", "$..b=[2]"},
		{"jsonpath", `{"path":"$.x","body":"{}"}`, "", "$.x?"},
		{"jsonpath", `{"path":"$[","body":"{}"}`, "parse: ", ""},
		{"jsonpath", `{"path":"$","body":"{"}`, "payload: ", ""},

		{"selection", `{"expression":"$request.body.action","body":"{\"action\":\"order\"}"}`, "order", "${request.body.action}=order"},
		{"selection", `{"expression":"${request.method} ${request.path}","method":"GET","path":"/a"}`, "GET /a", "${request.method}=GET ${request.path}=/a"},
		{"selection", `{"expression":"$integration.response.statuscode","response":{"status":404}}`, "404", "${integration.response.statuscode}=404"},
		{"selection", `{"expression":"$integration.response.body.errorMessage","response":{"body":{"errorMessage":"no"}}}`, "no", "${integration.response.body.errorMessage}=no"},
		{"selection", `{"expression":"$request.header.X-A","params":{"header":{"x-a":["b","c"]}}}`, "b", "${request.header.X-A}=b"},
		{"selection", `{"expression":"$request.multivalueheader.X-A","params":{"header":{"x-a":["b","c"]}}}`, "b,c", "${request.multivalueheader.X-A}=b,c"},
		{"selection", `{"expression":"$request.querystring.q","params":{"querystring":{"Q":"b"}}}`, "", "${request.querystring.q}?"},
		{"selection", `{"expression":"$context.authorizer.claims.cognito:groups"}`, ":groups", "${context.authorizer.claims.cognito}?"},
		{"selection", `{"expression":"$context.a.b.c","context":{"a":{"b.c":"d"}}}`, "d", "${context.a.b.c}=d"},
		{"selection", `{"expression":"$stageVariables.v","stageVariables":{"v":"w"}}`, "w", "${stageVariables.v}=w"},
		{"selection", `{"expression":"$request.body.a","body":"x"}`, "payload: the body is not JSON", "${request.body.a}?"},
		{"selection", `{"expression":"$nope"}`, "parse: ", ""},

		{"parameters", `{"mapping":{"integration.request.header.x":"route.request.body.a","integration.request.querystring.y":"'s'","integration.request.path.z":"context.nope"},"body":"{\"a\":\"b\"}"}`,
			"integration.request.header.x = b\nintegration.request.querystring.y = s\n", "route.request.body.a=b 's'=s context.nope?"},
		{"parameters", `{"direction":"response","mapping":{"method.response.header.X":"integration.response.header.y"},"response":{"header":{"Y":"z"}}}`, "method.response.header.X = z\n", "integration.response.header.y=z"},
		{"parameters", `{"protocol":"HTTP","mapping":{"overwrite:path":"/p/$request.querystring.q","append:header.a":"b","remove:querystring.q":"''"},"params":{"querystring":{"q":"1"}}}`,
			"remove:querystring.q\noverwrite:path = /p/1\nappend:header.a = b\n", ""},
		{"parameters", `{"protocol":"HTTP","direction":"response","mapping":{"overwrite:statuscode":"403"}}`, "overwrite:statuscode = 403\n", ""},
		{"parameters", `{"mapping":{"x":"y"}}`, "parse: ", ""},
		{"parameters", `{}`, "input: there is no mapping", ""},

		{"pattern", `{"pattern":"/4\\d\\d/","texts":"404\r\n200\n"}`, "404: match\n200: no match\n", ""},
		{"pattern", `{"pattern":"no.*","texts":"no such"}`, "no such: match\n", ""},
		{"pattern", `{"pattern":"(","texts":""}`, "parse: ", ""},
		{"pattern", `{"pattern":"(a+)+b\\1","texts":"` + strings.Repeat("a", 60) + `"}`, "render: pattern needs too many steps", ""},
		{"pattern", `{"pattern":"a"}`, "input: there is no texts", ""},

		{"schema", `{"schema":"{\"required\":[\"a\"]}","body":"{\"a\":1}"}`, "valid", ""},
		{"schema", `{"schema":"{\"required\":[\"a\"]}","body":"{}"}`, "payload: ", ""},
		{"schema", `{"schema":"{\"type\":1}","body":"{}"}`, "parse: ", ""},
	} {
		a := ask(t, row.language, row.question, Options{Explain: true})
		if got := said(a); got != row.want && !(strings.HasSuffix(row.want, ": ") || strings.HasPrefix(row.want, "input: ")) || !strings.HasPrefix(got, row.want) {
			t.Errorf("%s %s\n got %q\nwant %q", row.language, row.question, got, row.want)
		}
		if got := references(a); got != row.references {
			t.Errorf("%s %s: references\n got %q\nwant %q", row.language, row.question, got, row.references)
		}
	}
}

// A fault of a template has its place, its line, and what was read of the template up
// to it.
func TestFaults(t *testing.T) {
	for question, want := range map[string]string{
		`{"template":"one\n#if(1 +)"}`:                     `2:8: unexpected ")"`,
		`{"template":"$input.path('$').a.b.substring(9)"}`: "",
		`{"template":"#set($s='abc')\n$s.substring(9)"}`:   "2:4: java.lang.StringIndexOutOfBoundsException: begin 9, end 3, length 3",
		`{"template":"$input.json('$')","body":"{"}`:       "Could not process payload",
	} {
		a := ask(t, "template", question, Options{Explain: true})
		got := ""
		if a.Fault != nil {
			got = a.Fault.String()
		}
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", question, got, want)
		}
	}
	a := ask(t, "template", `{"template":"😀$a\n#if(1 +)"}`, Options{Explain: true})
	if text, _ := json.Marshal(a.Tokens); string(text) != `[[2,4,"variable"],[5,8,"directive"],[9,10,"number"],[11,12,"operator"]]` {
		t.Errorf("got the tokens %s", text)
	}
}

// What is told of references is bounded, and so is each of their values.
func TestExplanationsAreBounded(t *testing.T) {
	question, _ := json.Marshal(map[string]any{
		"template": `#foreach($i in [1..1000])#foreach($j in [1..20])$j#end#end`,
	})
	a := ask(t, "template", string(question), Options{Explain: true})
	if len(a.References) != maxExplained || a.More != 10_000 {
		t.Errorf("got %d references and %d more", len(a.References), a.More)
	}
	question, _ = json.Marshal(map[string]any{"template": `$input.body`, "body": strings.Repeat("é", 5000)})
	if a = ask(t, "template", string(question), Options{Explain: true}); len(*a.References[0].Value) > maxValue || a.References[0].Bytes != 10_000 || len(*a.Output) != 10_000 {
		t.Errorf("got %d of %d bytes", len(*a.References[0].Value), a.References[0].Bytes)
	}
}

// Whoever does not ask for an explanation is told what `render --batch` always told.
func TestLine(t *testing.T) {
	var out bytes.Buffer
	for _, line := range []string{
		`{"name":"a","template":"$x<"}`,
		`{"name":{"b":1},"template":"#if("}`,
		`{"template":"#set($context.responseOverride.status=1e999)"}`,
		`nothing`,
	} {
		if err := Line(t.Context(), line, Options{}).Encode(&out); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"name":"a","output":"<"}
{"name":{"b":1},"error":"parse","message":"line 1, column 5: unexpected end of the template"}
`
	if got := out.String(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 4 || !strings.Contains(got, `"error":"input"`) {
		t.Errorf("got %s", got)
	}
}
