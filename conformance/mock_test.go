package conformance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// A MOCK integration without a request template answers by the integration
// response $default, as CDK's WebSocketMockIntegration has it.
func TestMockWithoutATemplate(t *testing.T) {
	const bare = `{"action":"ask"}`
	other := map[string]string{"text/plain": `{"statusCode":404}`}
	for _, row := range []struct {
		name      string
		spec      apigatewayv2.CreateIntegrationInput
		message   string
		want      string // "" is the error frame of Unsupported Media Type
		responses []string
	}{
		{name: "nothing but the type", message: bare, want: "default ask"},
		{name: "an empty map", spec: apigatewayv2.CreateIntegrationInput{RequestTemplates: map[string]string{}}, message: bare, want: "default ask"},
		{name: "others that match 200", message: bare, want: "default ask", responses: []string{`/2\d\d/`, "/.*/"}},
		{name: "the message's own status", message: `{"action":"ask","statusCode":404}`, want: "by key", responses: []string{"/404/"}},
		{name: "a status that is none", message: `{"action":"ask","statusCode":"404"}`, want: "default ask", responses: []string{"/404/"}},
		{name: "a selection", spec: apigatewayv2.CreateIntegrationInput{TemplateSelectionExpression: aws.String(`\$default`)}, message: bare, want: "default ask"},
		{name: "a selection by the message", spec: apigatewayv2.CreateIntegrationInput{TemplateSelectionExpression: aws.String("${request.body.kind}")}, message: bare, want: "default ask"},
		{name: "never to text", spec: apigatewayv2.CreateIntegrationInput{ContentHandlingStrategy: types.ContentHandlingStrategyConvertToBinary}, message: bare, want: "default ask"},
		{name: "templates for others", spec: apigatewayv2.CreateIntegrationInput{RequestTemplates: other}, message: bare, want: "default ask"},
		{name: "templates for others, by the message", spec: apigatewayv2.CreateIntegrationInput{
			RequestTemplates: other, TemplateSelectionExpression: aws.String("${request.body.kind}"),
		}, message: `{"action":"ask","kind":"none"}`, want: "default ask"},
		{name: "the template that is selected", spec: apigatewayv2.CreateIntegrationInput{
			RequestTemplates: other, TemplateSelectionExpression: aws.String("${request.body.kind}"),
		}, message: `{"action":"ask","kind":"text/plain"}`, want: "by key", responses: []string{"/404/"}},
		{name: "WHEN_NO_TEMPLATES", spec: apigatewayv2.CreateIntegrationInput{PassthroughBehavior: types.PassthroughBehaviorWhenNoTemplates}, message: bare, want: "default ask"},
		{name: "WHEN_NO_TEMPLATES with some", spec: apigatewayv2.CreateIntegrationInput{
			PassthroughBehavior: types.PassthroughBehaviorWhenNoTemplates, RequestTemplates: other,
		}, message: bare},
		{name: "NEVER", spec: apigatewayv2.CreateIntegrationInput{PassthroughBehavior: types.PassthroughBehaviorNever}, message: bare},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.spec.IntegrationType = types.IntegrationTypeMock
			a := start(t).socketApi(row.spec, mockReply("default $context.routeKey"))
			for _, key := range row.responses {
				_, err := a.sdk.CreateIntegrationResponse(t.Context(), &apigatewayv2.CreateIntegrationResponseInput{
					ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseKey: &key,
					ResponseTemplates: map[string]string{"$default": "by key"},
				})
				must(t, err)
			}
			a.deploy()
			got := a.ask(a.dial(nil), row.message)
			if row.want == "" {
				row.want, got = "Unsupported Media Type", errorFrame(t, got)
			}
			if got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// The same on $connect, which opens, and on a one-way route, which is silent.
func TestMockWithoutATemplateOnOtherRoutes(t *testing.T) {
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeMock}, mockReply("answered"))
	a.addRoute("quiet", false)
	a.with("$connect", false)
	conn := a.dial(nil)
	must(t, conn.Write(t.Context(), 1, []byte(`{"action":"quiet"}`)))
	if got := a.ask(conn, `{"action":"ask"}`); got != "answered" {
		t.Errorf("got %s, want the answer of the two-way route first", got)
	}
}

// What the request template stores in an override is there for the template of
// the response, and in no other call.
func TestOverridesReachTheResponseTemplate(t *testing.T) {
	for _, row := range []struct{ name, request, reply, message, want string }{
		{"the message", "#set($context.requestOverride.path.body = $input.body)", `{"echo":$context.requestOverride.path.body}`,
			`{"action":"ask","n":[1, 2]}`, `{"echo":{"action":"ask","n":[1, 2]}}`},
		{"a part of it", "#set($context.requestOverride.path.n = $input.path('$.n'))", `$context.requestOverride.path.n $context.requestOverride.path.n.size()`,
			`{"action":"ask","n":[1, {"a":"b/c"}]}`, `[1,{"a":"b\/c"}] 2`},
		{"an object", "#set($context.requestOverride.path.o = $input.path('$.o'))", `$context.requestOverride.path.o #foreach($k in $context.requestOverride.path.o.keySet())$k#end`,
			`{"action":"ask","o":{"z":1,"a":2}}`, `{z=1, a=2} za`},
		{"a map of the template", "#set($context.requestOverride.custom = {'z':1,'a':[true]})", `$context.requestOverride.custom $context.requestOverride.custom.a[0]`,
			`{"action":"ask"}`, `{z=1, a=[true]} true`},
		{"header and query string", "#set($context.requestOverride.header.X-Y = 'h')#set($context.requestOverride.querystring['a b'] = 5)",
			`$context.requestOverride.header.X-Y $context.requestOverride.querystring['a b'] [$context.requestOverride.path]`, `{"action":"ask"}`, `h 5 []`},
		{"of the response", "#set($context.responseOverride.status = 201)", `$context.responseOverride.status [$context.responseOverride.header]`, `{"action":"ask"}`, `201 []`},
		{"nothing", "", `[$context.requestOverride.path.body]`, `{"action":"ask"}`, `[]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
				IntegrationType: types.IntegrationTypeMock, RequestTemplates: map[string]string{"application/json": row.request + `{"statusCode":200}`},
			}, mockReply(row.reply))
			conn := a.dial(nil)
			for i := range 2 {
				if got := a.ask(conn, row.message); got != row.want {
					t.Errorf("message %d: got %s, want %s", i, got, row.want)
				}
			}
		})
	}
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType:  types.IntegrationTypeMock,
		RequestTemplates: map[string]string{"application/json": `#if($input.path('$.keep') != '')#set($context.requestOverride.path.kept = $input.path('$.keep'))#end{"statusCode":200}`},
	}, mockReply("[$context.requestOverride.path.kept]"))
	conn := a.dial(nil)
	for _, step := range []string{`a`, ``, `b`} {
		if got, want := a.ask(conn, fmt.Sprintf(`{"action":"ask","keep":%q}`, step)), "["+step+"]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// $util.base64Encode takes any value for its text.
func TestUtilOfWhatIsNoString(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply("#set($m={'k':'v'})$util.base64Encode($m) $util.base64Encode(5) [$util.urlEncode($m)] $util.escapeJavaScript($m)"))
	if got, want := a.ask(a.dial(nil), `{"action":"ask"}`), "e2s9dn0= NQ== [] {k=v}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
