package plan

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
)

func httpStage(s resource.Snapshot) *Stage {
	s.Api.ApiId, s.Api.ProtocolType = "api", resource.HTTP
	return Compile(Input{Region: "us-east-1", AccountID: "123456789012", Snapshot: &s, Stage: &resource.Stage{
		StageName: "prod", StageVariables: map[string]string{"f": "talk", "link": "l1"},
		RouteSettings: map[string]resource.RouteSettings{"GET /x": {ThrottlingBurstLimit: new(int32)}},
	}}, nil)
}

func TestCompileHTTP(t *testing.T) {
	yes := true
	stage := httpStage(resource.Snapshot{
		Api: resource.Api{CorsConfiguration: &resource.Cors{AllowOrigins: []string{"*"}}},
		Routes: []resource.Route{
			{RouteId: "1", RouteKey: "GET /x", Target: "integrations/f", AuthorizationType: "CUSTOM", AuthorizerId: "a"},
			{RouteId: "2", RouteKey: "$default", Target: "integrations/gone"},
		},
		Authorizers: []resource.Authorizer{{AuthorizerId: "a", AuthorizerType: "REQUEST", EnableSimpleResponses: &yes}},
		Integrations: []resource.Integration{
			{IntegrationId: "f", IntegrationType: "AWS_PROXY", IntegrationUri: "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.f}", PayloadFormatVersion: "2.0", CredentialsArn: "arn:aws:iam::*:user/*", TimeoutInMillis: 50},
		},
	})
	route, _ := stage.HTTP.Router.Match("GET", "/x", nil)
	if route == nil || route.ID != "1" || route.Authorizer == nil || !route.Settings.Throttled {
		t.Fatalf("route: got %+v", route)
	}
	i := route.Integration
	if got := fmt.Sprint(i.Backend == ToFunctionProxy, i.V2, i.Function, i.Timeout, i.Credentials == "", i.Err); got !=
		"true truearn:aws:lambda:us-east-1:123456789012:function:talk50ms true <nil>" {
		t.Errorf("integration: got %s", got)
	}
	if other, _ := stage.HTTP.Router.Match("POST", "/y", nil); other == nil || other.Integration != nil {
		t.Errorf("a route whose integration is gone: got %+v", other)
	}
	if stage.HTTP.Cors == nil || stage.WebSocket != nil {
		t.Errorf("stage: got %+v", stage)
	}
}

func TestCompileHTTPIntegrations(t *testing.T) {
	for _, row := range []struct {
		name string
		in   resource.Integration
		want string // backend method timeout reads-body reads-reply link error
	}{
		{"proxy", resource.Integration{IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationUri: "http://b/x"}, fmt.Sprint(ToHTTPProxy, " ", 30*time.Second, false, false, "", false)},
		{"verb", resource.Integration{IntegrationType: "HTTP_PROXY", IntegrationMethod: "PUT", IntegrationUri: "http://b"}, fmt.Sprint(ToHTTPProxy, "PUT", 30*time.Second, false, false, "", false)},
		{"link", resource.Integration{IntegrationType: "HTTP_PROXY", ConnectionType: "VPC_LINK", ConnectionId: "${stageVariables.link}", IntegrationUri: "arn:x"}, fmt.Sprint(ToHTTPProxy, "", 30*time.Second, false, false, "l1", false)},
		{"reads both bodies", resource.Integration{IntegrationType: "HTTP_PROXY", IntegrationUri: "http://b", RequestParameters: map[string]string{"append:header.x": "$request.body.a"},
			ResponseParameters: map[string]map[string]string{"200": {"append:header.x": "${response.body}"}}}, fmt.Sprint(ToHTTPProxy, "", 30*time.Second, true, true, "", false)},
		{"broken URI", resource.Integration{IntegrationType: "HTTP_PROXY", IntegrationUri: "b"}, fmt.Sprint(ToHTTPProxy, "", 30*time.Second, false, false, "", true)},
		{"broken mapping", resource.Integration{IntegrationType: "HTTP_PROXY", IntegrationUri: "http://b", RequestParameters: map[string]string{"append:header.via": "x"}}, fmt.Sprint(ToHTTPProxy, "", 30*time.Second, false, false, "", true)},
		{"broken status", resource.Integration{IntegrationType: "HTTP_PROXY", IntegrationUri: "http://b", ResponseParameters: map[string]map[string]string{"ok": {}}}, fmt.Sprint(ToHTTPProxy, "", 30*time.Second, false, false, "", true)},
		{"service", resource.Integration{IntegrationType: "AWS_PROXY", IntegrationSubtype: "SQS-PurgeQueue", RequestParameters: map[string]string{"QueueUrl": "$request.body.q"}}, fmt.Sprint(ToService, "", 30*time.Second, true, false, "", false)},
		{"broken service", resource.Integration{IntegrationType: "AWS_PROXY", IntegrationSubtype: "SQS-Sing"}, fmt.Sprint(ToService, "", 30*time.Second, false, false, "", true)},
	} {
		stage := httpStage(resource.Snapshot{Integrations: []resource.Integration{row.in}})
		i := stage.HTTP.integrations[""]
		if got := fmt.Sprint(i.Backend, i.Method, " ", i.Timeout, i.ReadsBody, i.ReadsReply, i.Link, i.Err != nil); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(row.want, " ", "") {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
		snapshot := &resource.Snapshot{Api: resource.Api{ProtocolType: "HTTP"}, Integrations: []resource.Integration{row.in}}
		if found := Check(snapshot); len(found) > 0 != (i.Err != nil) {
			t.Errorf("%s: warnings: got %v", row.name, found)
		}
	}
}

func TestCorsOrigins(t *testing.T) {
	c := compileCors(&resource.Cors{AllowOrigins: []string{"https://a.example", "http://*"}})
	for origin, want := range map[string]string{
		"https://a.example": "https://a.example true", "https://A.example": " false", "https://a.example.evil": " false", "https://a.example:8443": " false",
		"http://any.example": "http://any.example true", "null": " false", "": " false",
	} {
		allow, echoed := c.Origin(origin)
		if got := fmt.Sprint(allow, " ", echoed); got != want {
			t.Errorf("%q: got %q, want %q", origin, got, want)
		}
	}
	if allow, echoed := compileCors(&resource.Cors{AllowOrigins: []string{"*"}}).Origin("x"); allow != "*" || echoed {
		t.Errorf("any: got %q %v", allow, echoed)
	}
	if compileCors(nil) != nil {
		t.Error("no configuration is one")
	}
	if empty := compileCors(&resource.Cors{}); empty == nil {
		t.Error("an empty configuration is none")
	} else if allow, _ := empty.Origin("https://a"); allow != "" {
		t.Errorf("an empty configuration: got %q, want nobody", allow)
	}
}

// Whatever the URI and the variables, a target's path is a path and the variables
// do not leave it.
func FuzzTarget(f *testing.F) {
	for _, uri := range []string{"http://b/{a}/x?q={a}#f", "https://b:1", "http://b/{", "http://b}{/", "http://b?{a}"} {
		f.Add(uri, "a%2Fb")
	}
	f.Fuzz(func(t *testing.T, uri, raw string) {
		target, err := parseTarget(uri, nil)
		if err != nil {
			return
		}
		if strings.ContainsAny(target.Address, "/?#{}@") || target.Address == "" {
			t.Errorf("address: got %q of %q", target.Address, uri)
		}
		value, err := url.PathUnescape(raw)
		if err != nil || strings.ContainsAny(raw, "?#") {
			return // no path of a request has it
		}
		vars := []PathVariable{{Name: "a", Value: value, Raw: raw}}
		if path := target.AppendPath(nil, vars, "/rest"); path[0] != '/' || !strings.HasSuffix(string(path), "/rest") {
			t.Errorf("path: got %q of %q", path, uri)
		}
		query := string(target.AppendQuery(nil, vars))
		if plain := string(target.AppendQuery(nil, []PathVariable{{Name: "a"}})); strings.Count(query, "&") != strings.Count(plain, "&") {
			t.Errorf("query: got %q of %q: a variable made a parameter", query, uri)
		}
	})
}

// What is fixed was written down at deployment.
func TestFixedTargetsAllocateNothing(t *testing.T) {
	for uri, want := range map[string]string{"http://b/x?q=1": "/x?q=1", "http://b": "/", "http://b/{x}": "/%7Bx%7D"} {
		target, err := parseTarget(uri, func(string) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if n := testing.AllocsPerRun(10, func() { got = target.Fill(nil, "") }); n != 0 || got != want {
			t.Errorf("%s: got %s in %v allocations, want %s in none", uri, got, n, want)
		}
	}
}

// No path makes the router panic or forget a variable.
func FuzzRouter(f *testing.F) {
	for _, path := range []string{"/", "", "//", "/a/b/c", "/a/%", "/a/%2F/", "/pets/"} {
		f.Add("GET", path)
	}
	r := router("GET /", "GET /a/{x}", "ANY /a/{x}/c", "GET /pets/{proxy+}", "ANY /{a}/{b}/{rest+}", "$default")
	f.Fuzz(func(t *testing.T, method, path string) {
		route, vars := r.Match(method, path, nil)
		if route == nil || len(vars) != len(route.variables) {
			t.Errorf("%s %q: got %+v with %v", method, path, route, vars)
		}
	})
}
