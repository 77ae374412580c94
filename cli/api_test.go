package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// gateway is a management server whose answers are written in the test.
func gateway(t *testing.T, handlers map[string]wire.Handler) {
	t.Helper()
	s := httptest.NewServer(wire.NewServer(wire.Config{Handlers: handlers, Region: "us-east-1", Account: "000000000000",
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}))
	t.Cleanup(s.Close)
	t.Setenv("DRAGOMAN_ENDPOINT", s.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
}

func dragoman(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// members gives the members that a request carries as one JSON text.
func members(r *wire.Request) string {
	all := map[string]any{}
	for name, value := range r.Path {
		all[name] = value
	}
	for name, values := range r.Query {
		all[name] = values
	}
	for name, raw := range r.Body {
		all[name] = raw
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestApiSendsWhatFlagsSay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body.yaml")
	if err := os.WriteFile(file, []byte("openapi: 3.0.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, args, want string }{
		{"scalars", "create-api|--name|chat|--protocol-type|WEBSOCKET|--route-selection-expression|$request.body.action",
			`{"name":"chat","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`},
		{"an equals sign", "create-api|--name=chat|--protocol-type=HTTP", `{"name":"chat","protocolType":"HTTP"}`},
		{"a boolean", "update-api|--api-id|a|--disable-execute-api-endpoint", `{"apiId":"a","disableExecuteApiEndpoint":true}`},
		{"its opposite", "update-api|--api-id|a|--no-disable-execute-api-endpoint", `{"apiId":"a","disableExecuteApiEndpoint":false}`},
		{"an empty text", "update-api|--api-id|a|--description|", `{"apiId":"a","description":""}`},
		{"an integer", "update-integration|--api-id|a|--integration-id|i|--timeout-in-millis|500", `{"apiId":"a","integrationId":"i","timeoutInMillis":500}`},
		{"a map in JSON", `update-integration-response|--api-id|a|--integration-id|i|--integration-response-id|r|--response-templates|{"application/json":"{\"a\":1}"}`,
			`{"apiId":"a","integrationId":"i","integrationResponseId":"r","responseTemplates":{"application/json":"{\"a\":1}"}}`},
		{"a map in shorthand", "update-integration|--api-id|a|--integration-id|i|--request-parameters|integration.request.header.X=route.request.body.id,integration.request.path.p='x,y'",
			`{"apiId":"a","integrationId":"i","requestParameters":{"integration.request.header.X":"route.request.body.id","integration.request.path.p":"x,y"}}`},
		{"a structure with lists", "update-api|--api-id|a|--cors-configuration|AllowOrigins=https://a.test,https://b.test,AllowMethods=GET,MaxAge=5,AllowCredentials=true",
			`{"apiId":"a","corsConfiguration":{"allowCredentials":true,"allowMethods":["GET"],"allowOrigins":["https://a.test","https://b.test"],"maxAge":5}}`},
		{"a structure in JSON with SDK names", `update-api|--api-id|a|--cors-configuration|{"AllowOrigins":["*"],"maxAge":-1}`,
			`{"apiId":"a","corsConfiguration":{"allowOrigins":["*"],"maxAge":-1}}`},
		{"a list of words", "untag-resource|--resource-arn|arn:aws:apigateway:us-east-1::/apis/a|--tag-keys|a|b c|d",
			`{"resource-arn":"arn:aws:apigateway:us-east-1::/apis/a","tagKeys":["a","b c","d"]}`},
		{"a list in JSON", `update-route|--api-id|a|--route-id|r|--authorization-scopes|["x","y"]`, `{"apiId":"a","authorizationScopes":["x","y"],"routeId":"r"}`},
		{"an empty list", `update-route|--api-id|a|--route-id|r|--authorization-scopes|[]`, `{"apiId":"a","authorizationScopes":[],"routeId":"r"}`},
		{"a list of structures", "create-domain-name|--domain-name|d.test|--domain-name-configurations|CertificateArn=arn:x,EndpointType=REGIONAL",
			`{"domainName":"d.test","domainNameConfigurations":[{"certificateArn":"arn:x","endpointType":"REGIONAL"}]}`},
		{"nested maps", `update-stage|--api-id|a|--stage-name|$default|--route-settings|{"GET /":{"ThrottlingRateLimit":2.5}}`,
			`{"apiId":"a","routeSettings":{"GET /":{"throttlingRateLimit":2.5}},"stageName":"$default"}`},
		{"a file", "import-api|--body|file://" + file + "|--fail-on-warnings", `{"body":"openapi: 3.0.1\n","failOnWarnings":["true"]}`},
		{"a JSON object for all", `create-route|--cli-input-json|{"ApiId":"a","RouteKey":"x","ApiKeyRequired":true}|--route-key|y`, `{"apiId":"a","apiKeyRequired":true,"routeKey":"y"}`},
		{"patch operations", "update-api-key|--api-key|k|--patch-operations|op=replace,path=/name,value=n|op=remove,path=/description",
			`{"api_Key":"k","patchOperations":[{"op":"replace","path":"/name","value":"n"},{"op":"remove","path":"/description"}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			handlers := map[string]wire.Handler{}
			for _, o := range wire.Operations() {
				handlers[o.Name] = func(_ context.Context, r *wire.Request) (any, error) {
					got = members(r)
					return nil, nil
				}
			}
			gateway(t, handlers)
			code, _, errs := dragoman(append([]string{"api"}, strings.Split(test.args, "|")...)...)
			if code != 0 || got != test.want {
				t.Errorf("exit status %d %s\ngot  %s\nwant %s", code, errs, got, test.want)
			}
		})
	}
}

func TestApiPrintsAnswers(t *testing.T) {
	created, err := resource.Time{}, error(nil)
	if err = created.UnmarshalJSON([]byte(`"2020-04-08T00:36:05Z"`)); err != nil {
		t.Fatal(err)
	}
	apis := []resource.Api{
		{ApiId: "a", Name: "one", ProtocolType: "HTTP", Tags: map[string]string{"b": "2", "a": "<1>"}, CreatedDate: created},
		{ApiId: "b", Name: "two", ProtocolType: "WEBSOCKET"},
	}
	gateway(t, map[string]wire.Handler{
		"GetApi": func(context.Context, *wire.Request) (any, error) { return apis[0], nil },
		"GetApis": func(_ context.Context, r *wire.Request) (any, error) {
			limit, token := r.Page()
			from, _ := strconv.Atoi(token)
			to := len(apis)
			if limit > 0 {
				to = min(to, from+limit)
			}
			page := wire.Page{Items: apis[from:to]}
			if to < len(apis) {
				page.NextToken = strconv.Itoa(to)
			}
			return page, nil
		},
		"GetApiKey": func(context.Context, *wire.Request) (any, error) {
			return resource.ApiKey{Id: "k", StageKeys: []string{}}, nil
		},
		"DeleteApi":  func(context.Context, *wire.Request) (any, error) { return nil, nil },
		"ExportApi":  func(context.Context, *wire.Request) (any, error) { return wire.Document{Body: []byte("doc")}, nil },
		"GetModels":  func(context.Context, *wire.Request) (any, error) { return nil, fault.New(fault.NotFound, "no API") },
		"GetVpcLink": func(context.Context, *wire.Request) (any, error) { return nil, fault.New(fault.Forbidden, "no") },
	})
	first := `{
    "ApiId": "a",
    "CreatedDate": "2020-04-08T00:36:05+00:00",
    "DisableExecuteApiEndpoint": false,
    "Name": "one",
    "ProtocolType": "HTTP",
    "Tags": {
        "a": "<1>",
        "b": "2"
    }
}
`
	tests := []struct {
		name, args  string
		code        int
		out, stderr string
	}{
		{"a noun", "get-api --api-id a", 0, first, ""},
		{"a query", "get-api --api-id a --query ApiId", 0, "\"a\"\n", ""},
		{"a query as text", "get-api --api-id a --query ApiId --output text", 0, "a\n", ""},
		{"all pages", "get-apis --page-size 1 --query Items[].ApiId --output text", 0, "a\tb\n", ""},
		{"some items", "get-apis --max-items 1 --query NextToken --output text", 0, "1\n", ""},
		{"from a token on", "get-apis --starting-token 1 --query Items[*].Name --output text", 0, "two\n", ""},
		{"one page", "get-apis --max-results 1 --query Items[].Name --output text", 0, "one\n", ""},
		{"a filter", "get-apis --query Items[?Name=='two'].ApiId|[0] --output text", 0, "b\n", ""},
		{"nothing found", "get-apis --query Items[?Name=='three'].ApiId", 0, "[]\n", ""},
		{"the older API", "get-api-key --api-key k --query stageKeys", 0, "[]\n", ""},
		{"no members", "delete-api --api-id a", 0, "", ""},
		{"a document", "export-api --api-id a --specification OAS30 --output-type JSON", 0, "doc", ""},
		{"an exception", "get-models --api-id a", 254, "", "\nAn error occurred (NotFoundException) when calling the GetModels operation: no API\n"},
		{"another exception", "get-vpc-link --vpc-link-id v", 254, "", "\nAn error occurred (ForbiddenException) when calling the GetVpcLink operation: no\n"},
		{"a required flag", "get-api", 252, "", "required: --api-id"},
		{"a flag that is not there", "get-api --api-id a --nonsense", 252, "", "--nonsense"},
		{"a word too many", "get-api --api-id a b", 252, "", "b"},
		{"a number that is none", "update-integration --api-id a --integration-id i --timeout-in-millis x", 252, "", `--timeout-in-millis': "x" is not a number`},
		{"a member that is not there", "update-api --api-id a --cors-configuration Nonsense=1", 252, "", "AllowOrigins"},
		{"broken JSON", "update-api --api-id a --cors-configuration {", 252, "", "invalid JSON"},
		{"no server", "get-api --api-id a --endpoint-url http://127.0.0.1:1", 255, "", "could not connect"},
		{"a query that is not understood", "get-api --api-id a --query ???", 252, "", "not understood"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := dragoman(append([]string{"api"}, strings.Fields(test.args)...)...)
			if code != test.code || out != test.out || !strings.Contains(errs, test.stderr) {
				t.Errorf("got  %d %q %q\nwant %d %q %q", code, out, errs, test.code, test.out, test.stderr)
			}
		})
	}
}

func TestEveryOperationHasACommandWithHelp(t *testing.T) {
	for _, o := range wire.Operations() {
		code, out, errs := dragoman("api", kebab(o.Name), "--help")
		if code != 0 || !strings.Contains(out, o.Doc) {
			t.Errorf("%s: exit status %d\n%s%s", o.Name, code, out, errs)
		}
		for i := range o.Input {
			if m := &o.Input[i]; !strings.Contains(out, "--"+kebab(m.Name)) || m.Doc == "" {
				t.Errorf("%s: the help does not tell of %s", o.Name, m.Name)
			}
		}
	}
}

func TestApiCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"api update-integration-resp":                   "update-integration-response",
		"api get-api --api":                             "--api-id",
		"api create-api --protocol-type |":              "WEBSOCKET",
		"api create-integration --api-id a --integra":   "--integration-type",
		"api create-integration --integration-type | x": "",
	} {
		words := strings.Fields(strings.TrimSuffix(args, "|"))
		if strings.HasSuffix(args, "|") {
			words = append(words, "")
		}
		if _, out, _ := dragoman(append([]string{"__complete"}, words...)...); !strings.Contains(out, want) {
			t.Errorf("%s: got %q, want %q among it", args, out, want)
		}
	}
}

func TestQuery(t *testing.T) {
	chat := object{{"ApiId", "a"}, {"Name", "chat"}, {"Cors", object{{"AllowOrigins", []any{"x", "y"}}}}, {"On", true}}
	other := object{{"ApiId", "b"}, {"Name", "other"}, {"Max", json.Number("5")}}
	answer := object{{"Items", []any{chat, other}}, {"NextToken", "t"}}
	tests := []struct{ query, want string }{
		{"NextToken", `"t"`},
		{`"NextToken"`, `"t"`},
		{"@.NextToken", `"t"`},
		{"Items[1].ApiId", `"b"`},
		{"Items[-1].ApiId", `"b"`},
		{"Items[7]", `null`},
		{"Nothing.At.All", `null`},
		{"Items[].ApiId", `["a","b"]`},
		{"Items[*].Cors.AllowOrigins", `[["x","y"]]`},
		{"Items[*].Cors.AllowOrigins[]", `["x","y"]`},
		{"Items[].Cors.AllowOrigins[] | [1]", `"y"`},
		{"Items[?Name=='chat'].ApiId | [0]", `"a"`},
		{"Items[?Name!='chat'].ApiId|[0]", `"b"`},
		{"Items[?Max==`5`].ApiId", `["b"]`},
		{"Items[?On==`true`].ApiId", `["a"]`},
		{"Items[?Name=='none']", `[]`},
		{"Items[].[ApiId, Name]", `[["a","chat"],["b","other"]]`},
		{"Items[].{id: ApiId, of: Cors.AllowOrigins[0]}", `[{"id":"a","of":"x"},{"id":"b","of":null}]`},
		{"[NextToken,Items[0].Name]", `["t","chat"]`},
		{"length(Items)", `2`},
		{"length(Items[?Name=='chat'])", `1`},
		{"Items[?Name=='chat' && On].ApiId", `["a"]`},
		{"Items[?Name=='none' || Max > `4`].ApiId", `["b"]`},
		{"Items[?Max < `5`]", `[]`},
		{"Items[?!On].ApiId", `["b"]`},
		{"sort_by(Items, &Name)[-1].ApiId", `"b"`},
		{"reverse(sort_by(Items, &ApiId))[*].ApiId", `["b","a"]`},
		{"Items[?contains(Name, 'ha')].ApiId", `["a"]`},
		{"Items[?starts_with(Name, 'o')].ApiId", `["b"]`},
		{"join(',', Items[].ApiId)", `"a,b"`},
		{"Items[0]", `{"ApiId":"a","Name":"chat","Cors":{"AllowOrigins":["x","y"]},"On":true}`},
		{"Items[1].Max", `5`},
		{"Items[0].{z: Name, a: Cors}", `{"z":"chat","a":{"AllowOrigins":["x","y"]}}`},
		{`Items[0].{"of it": Name, b: On}`, `{"of it":"chat","b":true}`},
		{"Items[::2].ApiId", `["a"]`},
		{"to_string(Items[0].On)", `"true"`},
	}
	for _, test := range tests {
		q, err := parseQuery(test.query)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
			continue
		}
		found, err := q.search(answer)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
			continue
		}
		if got, err := encode(found); err != nil || string(got) != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.query, got, err, test.want)
		}
	}
	for _, text := range []string{"", "a.", "a[", "a[x", "a[?b==]", "a[?b=='c]", "{a}", "{a:b", "[a", "length(a", "a b", "a|", strings.Repeat("[a", 100)} {
		if _, err := parseQuery(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

func TestShorthand(t *testing.T) {
	tests := []struct {
		text string
		want any
	}{
		{"a=b", map[string]any{"a": "b"}},
		{"a=b,c=d", map[string]any{"a": "b", "c": "d"}},
		{"a=b,c,d=e", map[string]any{"a": []any{"b", "c"}, "d": "e"}},
		{`a="b,c=d",e='f'`, map[string]any{"a": "b,c=d", "e": "f"}},
		{`a="say \"x\" \\"`, map[string]any{"a": `say "x" \`}},
		{"a={b=c,d={e=f}},g=h", map[string]any{"a": map[string]any{"b": "c", "d": map[string]any{"e": "f"}}, "g": "h"}},
		{"a=[b,c],d=[]", map[string]any{"a": []any{"b", "c"}, "d": []any{}}},
		{"a=b=c", map[string]any{"a": "b=c"}},
		{"a=", map[string]any{"a": ""}},
		{"a=x}", map[string]any{"a": "x}"}},
		{"", map[string]any{}},
		{"'k=,'=v", map[string]any{"k=,": "v"}},
	}
	for _, test := range tests {
		got, err := parseShorthand(test.text)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %v, %v, want %v", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{"a", "a,b=c", "=b", "a={b=c", "a=[b", `a="b`, "a={b}", "a={b=c}x", strings.Repeat("a={", 100)} {
		if got, err := parseShorthand(text); err == nil {
			t.Errorf("%s: got %v, want an error", text, got)
		}
	}
}

func FuzzShorthand(f *testing.F) {
	for _, text := range []string{"a=b,c", "a={b=[c,d]},e='f'", "a=[[", `a="\"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := parseShorthand(text); (got == nil) == (err == nil) {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
