package param

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
)

// journal writes down what is done to a message.
type journal []string

func (j *journal) Append(p Place, name, value string)    { j.add("append", p, name, value) }
func (j *journal) Overwrite(p Place, name, value string) { j.add("overwrite", p, name, value) }
func (j *journal) Remove(p Place, name string)           { j.add("remove", p, name, "") }

func (j *journal) add(verb string, p Place, name, value string) {
	*j = append(*j, fmt.Sprintf("%s %d %s %s", verb, p, name, value))
}

func TestV2(t *testing.T) {
	for _, tt := range []struct{ name, key, value, want string }{
		{"append header", "append:header.X", "$request.header.y", "append 1 X <y>"},
		{"overwrite header", "overwrite:header.Host", "static", "overwrite 1 Host static"},
		{"remove header", "remove:header.X", "''", "remove 1 X "},
		{"remove with nothing", "remove:header.X", "", "remove 1 X "},
		{"append query", "append:querystring.q", "a${request.path.id}b", "append 2 q a<id>b"},
		{"remove query", "remove:querystring.q", "''", "remove 2 q "},
		{"path", "overwrite:path", "/v1${request.path}", "overwrite 3  /v1/the/path"},
		{"body path", "append:header.b", "$request.body.a.b", "append 1 b 5"},
		{"stage variable", "append:header.b", "$stageVariables.v", "append 1 b <v>"},
		{"nothing found", "append:header.b", "$context.absent", ""},
		{"nothing in the body", "append:header.b", "$request.body.z", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseV2Request(tt.key, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			var j journal
			if err := (Rules{m}).Apply(&j, vars{`{"a":{"b":5}}`}); err != nil || strings.Join(j, ";") != tt.want {
				t.Errorf("got %q, %v, want %q", j, err, tt.want)
			}
		})
	}
}

func TestV2Response(t *testing.T) {
	for _, tt := range []struct{ name, key, value, want string }{
		{"status", "overwrite:statuscode", "403", "overwrite 4  403"},
		{"status of an expression", "overwrite:statuscode", "$response.body.code", "overwrite 4  404"},
		{"header", "append:header.X", "$response.header.Y", "append 1 X <Y>"},
		{"remove", "remove:header.X", "''", "remove 1 X "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseV2Response(tt.key, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			var j journal
			if err := (Rules{m}).Apply(&j, vars{`{"code":404}`}); err != nil || strings.Join(j, ";") != tt.want {
				t.Errorf("got %q, %v, want %q", j, err, tt.want)
			}
		})
	}
}

func TestV2Refuses(t *testing.T) {
	for _, tt := range []struct {
		name       string
		parse      func(k, v string) (*V2, error)
		key, value string
		want       string
	}{
		{"no action", ParseV2Request, "header.X", "a", "must have the form"},
		{"unknown action", ParseV2Request, "prepend:header.X", "a", "must have the form"},
		{"append to the path", ParseV2Request, "append:path", "a", "must have the form"},
		{"status of a request", ParseV2Request, "overwrite:statuscode", "200", "or overwrite:path"},
		{"query of a response", ParseV2Response, "append:querystring.a", "a", "or overwrite:statuscode"},
		{"no name", ParseV2Request, "append:header.", "a", "no valid name"},
		{"bad name", ParseV2Request, "append:header.a b", "a", "no valid name"},
		{"empty value", ParseV2Request, "append:header.a", "", "1 to 512"},
		{"long value", ParseV2Request, "append:header.a", strings.Repeat("a", 513), "1 to 512"},
		{"remove with a value", ParseV2Request, "remove:header.a", "b", "must be ''"},
		{"unknown variable", ParseV2Request, "append:header.a", "$nonsense.x", "$nonsense.x is no variable"},
		{"deep scan", ParseV2Request, "append:header.a", "$request.body..x", "must not use"},
		{"filter", ParseV2Request, "append:header.a", "${request.body.x[?(@.y)]}", "must not use"},
		{"static status", ParseV2Response, "overwrite:statuscode", "ok", "must be a status code"},
		{"V1 key", ParseV2Request, "integration.request.header.X", "'a'", "must have the form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.parse(tt.key, tt.value)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Rule, tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestTexts holds the texts that AWS was seen to answer, and what it takes beside them.
func TestTexts(t *testing.T) {
	request := func(value string) error {
		_, err := ParseV2Request("append:header.a", value)
		return err
	}
	response := func(value string) error {
		_, err := ParseV2Response("append:header.a", value)
		return err
	}
	service := func(value string) error {
		_, err := ParseService("SQS-PurgeQueue", map[string]string{"QueueUrl": value})
		return err
	}
	socket := func(value string) error {
		_, err := ParseV1Request("integration.request.header.a", value)
		return err
	}
	reply := func(value string) error {
		_, err := ParseV1Response("method.response.header.a", value)
		return err
	}
	for _, row := range []struct {
		name string
		in   func(value string) error
		bad  []string
		good []string
	}{
		{"request", request, []string{
			"$context.authorizer.claims.custom:api_key", "$context.authorizer.claims['custom:api_key']", `$context.authorizer.claims["a"]`,
			"${context.authorizer.claims.custom:api_key}", "${context.authorizer.claims['custom:api_key']}", "$context.identity[0]",
			"$request.header.a:b", "$request.header.a[0]", "$request.querystring.a[]", "$request.path.a:b", "$request.path:8080", "$stageVariables.a:b",
			"$stageVariables['a']", "$request.body.a:b", "id $context.requestId:1", "$", "${", "${request.header.a", "$request", "$request.body.a[",
			"$request.body..a", "$request.body.a[?(@.b)]", "$response.header.a", "$response.body.a", "$integration.response.statuscode", "$input.path('$.a')"},
			[]string{"$request.body.a[0]", "$request.body[0]", "$request.body['a:b']", "${request.body.a[0].b}", "$context.authorizer.claims.custom_key",
				"a:b", "[a]", "http://${stageVariables.host}:8080/$request.path.a", "${context.requestId}:1", `{"a":"$context.requestId"}`, "urn:$context.requestId"}},
		{"response", response, []string{"$context.authorizer.claims.custom:api_key", "$response.header.a:b", "$response.header.a[0]", "$nonsense"},
			[]string{"$response.body.a[0]", "$response.header.a", "a:b"}},
		{"service", service, []string{"$context.authorizer.claims.custom:api_key", "$request.header.a:b", "$response.body"},
			[]string{"https://sqs:443/[q]", "$request.body.a[0]"}},
		{"WebSocket request", socket, []string{
			"context.authorizer.claims.custom:api_key", "context.authorizer.claims['custom:api_key']", "route.request.header.a:b", "route.request.querystring.a[0]",
			"stageVariables.a:b", "$context.connectionId", "text", "'open", "integration.response.body.a"},
			[]string{"route.request.body.a[0]", "route.request.body.a:b", "route.request.body['a:b']", "'a:b [c]'", "context.authorizer.claims.custom_key"}},
		{"WebSocket response", reply, []string{"context.authorizer.claims.custom:api_key", "integration.response.header.a:b", "integration.response.header.a[0]", "text"},
			[]string{"integration.response.body.a[0]", "integration.response.header.a"}},
	} {
		for _, value := range row.bad {
			if err := row.in(value); err == nil || err.Error() != "Invalid mapping expression specified: "+value {
				t.Errorf("%s: %s: got %v", row.name, value, err)
			}
		}
		for _, value := range row.good {
			if err := row.in(value); err != nil {
				t.Errorf("%s: %s: %v", row.name, value, err)
			}
		}
	}
	_, badRequest := ParseV2Request("badaction:header.x", "a")
	_, badResponse := ParseV2Response("badaction:header.x", "a")
	for err, want := range map[error]string{
		badRequest:            "Invalid Request Actioned Parameter destination specified: badaction:header.x",
		badResponse:           "Invalid Response Actioned Parameter destination specified: badaction:header.x",
		CheckStatusKey("199"): "Status Code 199 is not valid.",
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

func TestReservedHeaders(t *testing.T) {
	for _, name := range []string{"Authorization", "access-control-allow-origin", "Apigw-X", "x-amz-date", "X-Amzn-Trace-Id",
		"Connection", "TE", "Via", "X-Forwarded-For", "transfer-encoding", "Origin"} {
		if _, err := ParseV2Request("append:header."+name, "x"); err == nil || !strings.Contains(err.Error(), "reserved") {
			t.Errorf("%s: got %v, want reserved", name, err)
		}
		if _, err := ParseV2Request("append:querystring."+name, "x"); err != nil {
			t.Errorf("%s as a query parameter: %v", name, err)
		}
	}
	for _, name := range []string{"Host", "Content-Type", "Cookie", "X-Api-Key", "X-Forwarded-Port"} {
		if _, err := ParseV2Response("overwrite:header."+name, "x"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRulesAreAppliedInOrder(t *testing.T) {
	var rules Rules
	for _, key := range []string{"append:header.b", "overwrite:path", "append:header.a", "remove:header.a", "overwrite:header.c"} {
		value := "v"
		if strings.HasPrefix(key, "remove") {
			value = "''"
		}
		m, err := ParseV2Request(key, value)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, m)
	}
	rules.Sort()
	var j journal
	if err := rules.Apply(&j, vars{}); err != nil {
		t.Fatal(err)
	}
	want := []string{"remove 1 a ", "overwrite 1 c v", "overwrite 3  v", "append 1 a v", "append 1 b v"}
	if !slices.Equal(j, want) {
		t.Errorf("got %q, want %q", j, want)
	}
}

func TestBodiesAreCutBeforeTheyAreRead(t *testing.T) {
	long := `{"a":"x","b":"` + strings.Repeat("y", maxBody) + `"}`
	m, err := ParseV2Request("append:header.h", "$request.body.a")
	if err != nil {
		t.Fatal(err)
	}
	var j journal
	if err := (Rules{m}).Apply(&j, vars{long}); err != nil || len(j) != 0 {
		t.Errorf("got %q, %v, want nothing", j, err)
	}
	whole, err := ParseV2Request("append:header.h", "$request.body")
	if err != nil {
		t.Fatal(err)
	}
	if err := (Rules{whole}).Apply(&j, vars{long}); err != nil || len(j) != 1 || len(j[0]) < maxBody {
		t.Errorf("the whole body was not passed: %d mappings, %v", len(j), err)
	}
}

func TestStatusKeys(t *testing.T) {
	for key, ok := range map[string]bool{"200": true, "599": true, "199": false, "600": false, "2xx": false, "": false, "+200": false} {
		if err := CheckStatusKey(key); (err == nil) != ok {
			t.Errorf("%q: got %v, want ok %v", key, err, ok)
		}
	}
}

func TestService(t *testing.T) {
	s, err := ParseService("SQS-SendMessage", map[string]string{
		"QueueUrl": "http://q/1", "MessageBody": "$request.body.m", "Region": "eu-west-1",
		"MessageAttributes": `{"k":{"DataType":"String","StringValue":"${request.header.x}"}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Values(vars{`{"m":"hi"}`})
	want := `map[MessageAttributes:{"k":{"DataType":"String","StringValue":"<x>"}} MessageBody:hi QueueUrl:http://q/1 Region:eu-west-1]`
	if err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := s.Values(vars{`{}`}); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "MessageBody") {
		t.Errorf("without a value: got %v, want ErrMissing of MessageBody", err)
	}
	for name, params := range map[string]map[string]string{
		"QueueUrl": {"MessageBody": "x"},
		"Colour":   {"MessageBody": "x", "QueueUrl": "q", "Colour": "red"},
		"Region":   {"MessageBody": "x", "QueueUrl": "q", "Region": "$x"},
	} {
		_, err := ParseService("SQS-SendMessage", params)
		if e, ok := errors.AsType[*Error](err); !ok || e.Key != name {
			t.Errorf("%v: got %v, want a complaint about %s", params, err, name)
		}
	}
	if _, err := ParseService("SQS-Nonsense", nil); err == nil {
		t.Error("an unknown subtype was accepted")
	}
}

// TestPrints holds how arrays and objects of a body become text in each place.
func TestPrints(t *testing.T) {
	body := vars{`{"o":{"message":"hi","n":1.50,"l":[true,null]},"l":["a",{"b":"c"}],"s":"x \"y\"","n":5,"b":false,"z":null,"e":{},"el":[]}`}
	service := func(value string) string {
		s, err := ParseService("EventBridge-PutEvents", map[string]string{"Detail": value, "DetailType": "t", "Source": "s"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Values(body)
		if errors.Is(err, ErrMissing) {
			return "missing"
		}
		return got["Detail"]
	}
	mapped := func(value string) string {
		m, err := ParseV2Request("overwrite:header.a", value)
		if err != nil {
			t.Fatal(err)
		}
		var j journal
		if err := (Rules{m}).Apply(&j, body); err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(strings.Join(j, ";"), "overwrite 1 a ")
	}
	socket := func(value string) string {
		m, err := ParseV1Request("integration.request.header.a", strings.NewReplacer("${", "route.", "}", "").Replace(value))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := m.Value(body)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, row := range []struct{ value, service, http, socket string }{
		{"${request.body.o}", `{"message":"hi","n":1.5,"l":[true,null]}`, `{"message":"hi","n":1.5,"l":[true,null]}`, "{message=hi, n=1.5, l=[true, null]}"},
		{"${request.body.l}", `["a",{"b":"c"}]`, `["a",{"b":"c"}]`, "[a, {b=c}]"},
		{"${request.body.l[*]}", `["a",{"b":"c"}]`, `["a",{"b":"c"}]`, "[a, {b=c}]"},
		{"${request.body.l[1]}", `{"b":"c"}`, `{"b":"c"}`, "{b=c}"},
		{"${request.body.o.message}", "hi", "hi", "hi"},
		{"${request.body.s}", `x "y"`, `x "y"`, `x "y"`},
		{"${request.body.n}", "5", "5", "5"},
		{"${request.body.b}", "false", "false", "false"},
		{"${request.body.e}", "{}", "{}", "{}"},
		{"${request.body.el}", "[]", "[]", "[]"},
		{"${request.body.z}", "missing", "", ""},
	} {
		if got := service(row.value); got != row.service {
			t.Errorf("service: %s: got %s, want %s", row.value, got, row.service)
		}
		if got := mapped(row.value); got != row.http {
			t.Errorf("HTTP: %s: got %s, want %s", row.value, got, row.http)
		}
		if got := socket(row.value); got != row.socket {
			t.Errorf("WebSocket: %s: got %s, want %s", row.value, got, row.socket)
		}
	}
	if got, want := service(`{"in":${request.body.o},"by":"${request.body.o.message}"}`), `{"in":{"message":"hi","n":1.5,"l":[true,null]},"by":"hi"}`; got != want {
		t.Errorf("within a text: got %s, want %s", got, want)
	}
}

func FuzzMappings(f *testing.F) {
	f.Add("append:header.x", "$request.body.a", "{}")
	f.Add("integration.request.path.a", "route.request.body.a[0]", `{"a":[1]}`)
	f.Add("overwrite:header.x", "$context.authorizer.claims.custom:api_key", "{}")
	f.Add("overwrite:header.x", `{"a":${request.body.o},"b":"$context.a"}`, `{"o":{"k":[1,"v"]}}`)
	f.Add("integration.request.header.a", "context.authorizer.claims['custom:api_key']", "{}")
	f.Fuzz(func(t *testing.T, key, value, body string) {
		if _, err := ParseService("SQS-PurgeQueue", map[string]string{"QueueUrl": value}); err != nil {
			const told = "Invalid mapping expression specified: "
			if e, ok := errors.AsType[*Error](err); !ok || e.Text != "" && e.Text != told+value {
				t.Fatalf("%q: got %v", value, err)
			}
		}
		if m, err := ParseV1Request(key, value); err == nil {
			if _, _, err := m.Value(vars{body}); err != nil && !strings.HasPrefix(err.Error(), "jsonpath") {
				t.Fatalf("%q ← %q: %v", key, value, err)
			}
		}
		if m, err := ParseV2Request(key, value); err == nil {
			if m.value.expr != nil {
				for _, ref := range m.value.expr.Refs() {
					if ref.Kind == expr.Context && strings.ContainsAny(ref.Name, ":[]'\"") || m.value.expr.Colon() {
						t.Fatalf("%q was taken", value)
					}
				}
			}
			var j journal
			_ = (Rules{m}).Apply(&j, vars{body})
			if len(j) > 1 {
				t.Fatalf("one mapping did %d things", len(j))
			}
		}
	})
}

func BenchmarkV1(b *testing.B) {
	m, err := ParseV1Request("integration.request.header.X", "route.request.body.room")
	if err != nil {
		b.Fatal(err)
	}
	v := vars{`{"room":"blue","action":"x"}`}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, _ := m.Value(v); !ok {
			b.Fatal("no value")
		}
	}
}
