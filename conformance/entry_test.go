package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/server"
)

// own calls one of our own operations and reads its answer.
func (g *gateway) own(method, path, body string, into any) heard {
	g.t.Helper()
	got := g.managed(method, path, g.ManagementAddr(), body, http.Header{"Content-Type": {"application/json"}})
	if into != nil {
		if got.StatusCode != 200 {
			g.t.Fatalf("%s %s %s: got %d %s", method, path, body, got.StatusCode, got.body)
		}
		must(g.t, json.Unmarshal([]byte(got.body), into))
	}
	return got
}

type decided struct {
	API, APIName, Stage, Route, Type, Authorizer, Decision, Principal, Why string
	Status                                                                 int
	Cached                                                                 bool
}

// The last decisions are there with their reasons whether exchanges are recorded or not, and
// no credential is in them.
func TestDecisionsAreRemembered(t *testing.T) {
	issuer := newOpenID(t)
	g := start(t)
	a := g.webApi()
	id := a.jwtAuthorizer(issuer)
	a.route("GET /pets", a.integrate(proxyTo(backend(t, echo))), func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "JWT", &id
	})
	a.deploy("$default")
	wrong := issuer.token(t, map[string]any{"aud": "someone-else"})
	for _, header := range [][]string{nil, {"Authorization", "Bearer " + wrong}, {"Authorization", "Bearer " + issuer.token(t, nil)}} {
		a.call("GET", "/pets", "", header...)
	}
	var got struct{ Decisions []decided }
	raw := g.own("GET", "/_dragoman/decisions?api="+a.id, "", &got)
	if len(got.Decisions) != 3 {
		t.Fatalf("got %s", raw.body)
	}
	allowed, denied, none := got.Decisions[0], got.Decisions[1], got.Decisions[2]
	if allowed.Decision != "allow" || allowed.Status != 200 || allowed.Route != "GET /pets" || allowed.Stage != "$default" || allowed.Type != "JWT" || allowed.APIName == "" || allowed.API != a.id {
		t.Errorf("got %+v", allowed)
	}
	if denied.Decision != "deny" || denied.Status != 401 || !strings.Contains(denied.Why, "someone-else") || !strings.Contains(denied.Why, "aud") {
		t.Errorf("got %+v", denied)
	}
	if none.Status != 401 || !strings.Contains(none.Why, "$request.header.Authorization") {
		t.Errorf("got %+v", none)
	}
	for _, part := range strings.Split(wrong, ".") {
		if strings.Contains(raw.body, part) {
			t.Errorf("the token is told: %s", raw.body)
		}
	}
}

// A Lambda authorizer is tried: its function is asked about a sample, and which statement of
// its policy decides is told.
func TestLambdaAuthorizersAreTried(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		if e.Headers["X-Ticket"] == "raise" {
			return `{"errorMessage":"no such table users"}`, true
		}
		return `{"principalId":"user-` + e.Headers["X-Ticket"] + `","context":{"room":"` + e.QueryStringParameters["room"] + e.StageVariables["kind"] + `"},"policyDocument":{"Version":"2012-10-17","Statement":[
			{"Sid":"Everybody","Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"},
			{"Sid":"NotMallory","Action":"*","Effect":"` + map[bool]string{true: "Deny", false: "Allow"}[e.Headers["X-Ticket"] == "mallory"] + `","Resource":"arn:aws:execute-api:*"}]}}`, false
	})
	g := start(t, f.as)
	a := mockApi(g, "pong")
	made, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("doorman"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
		IdentitySource: []string{"route.request.header.X-Ticket"},
	})
	must(t, err)
	_, err = g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), StageVariables: map[string]string{"kind": "-v"}})
	must(t, err)
	type verdict struct {
		Decision, Why, Statement, Principal, Event, Answer, Authorizer string
		Status                                                         int
		Context                                                        map[string]any
		Sources                                                        []struct {
			Source string
			Found  bool
		}
	}
	try := func(more string) (v verdict) {
		t.Helper()
		g.own("POST", "/_dragoman/authorizers/test", `{"api":"`+a.id+`","authorizer":"`+*made.AuthorizerId+`"`+more+`}`, &v)
		return v
	}
	v := try(`,"token":"alice","query":{"room":"7"}`)
	if v.Decision != "allow" || v.Status != 200 || v.Principal != "user-alice" || v.Context["room"] != "7-v" || !strings.HasPrefix(v.Statement, "1 (Everybody): Allow execute-api:Invoke on *") ||
		!strings.Contains(v.Event, `"methodArn":"arn:aws:execute-api:`) || !strings.Contains(v.Answer, "NotMallory") || v.Authorizer != "doorman" || !v.Sources[0].Found {
		t.Errorf("got %+v", v)
	}
	if v = try(`,"headers":{"x-ticket":"mallory"}`); v.Decision != "deny" || v.Status != 403 || !strings.HasPrefix(v.Statement, "2 (NotMallory): Deny * on arn:aws:execute-api:*") || !strings.Contains(v.Why, "NotMallory") {
		t.Errorf("got %+v", v)
	}
	if v = try(``); v.Decision != "deny" || v.Status != 401 || v.Event != "" || v.Sources[0].Found || !strings.Contains(v.Why, "X-Ticket") {
		t.Errorf("got %+v", v)
	}
	if v = try(`,"token":"raise"`); v.Decision != "deny" || v.Status != 500 || !strings.Contains(v.Why, "no such table users") {
		t.Errorf("got %+v", v)
	}
}

// What keys have used is counted against their quota, and no value of a key is told.
func TestUsageIsShown(t *testing.T) {
	k := guarded(start(t))
	key, plan := k.planFor(client.CreateUsagePlanInput{Quota: &resource.QuotaSettings{Limit: 5, Period: "DAY"}, Throttle: &resource.ThrottleSettings{RateLimit: 100, BurstLimit: 50}})
	k.expectHandshake("the key", 101, "", "x-api-key", key)
	k.expectHandshake("the key again", 101, "", "x-api-key", key)
	var got struct {
		UsagePlans []struct {
			UsagePlanId string
			Quota       struct{ Limit int }
			Throttle    struct{ RateLimit float64 }
			ApiStages   []struct{ API, Stage string }
			Keys        []struct {
				ApiKeyId, From, Until string
				Enabled               bool
				Used, Left            int
			}
		}
	}
	raw := k.own("GET", "/_dragoman/usage", "", &got)
	if len(got.UsagePlans) != 1 || len(got.UsagePlans[0].Keys) != 1 {
		t.Fatalf("got %s", raw.body)
	}
	p := got.UsagePlans[0]
	if one := p.Keys[0]; p.UsagePlanId != plan || p.Quota.Limit != 5 || p.Throttle.RateLimit != 100 || p.ApiStages[0].API != k.id || one.Used != 2 || one.Left != 3 || !one.Enabled || one.From == "" || one.Until <= one.From {
		t.Errorf("got %s", raw.body)
	}
	if strings.Contains(raw.body, key) {
		t.Errorf("the key is told: %s", raw.body)
	}
}

// Where a host and a path lead is told without sending anything, with the certificate that a
// client would be shown.
func TestPlacesAreTold(t *testing.T) {
	s, dir := newSigner(t), t.TempDir()
	pair := s.write(t, dir, "shop", "shop.example.com")
	g := start(t, func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{ownCertificate: pair}
	})
	shop := g.shop("shop")
	g.domain("shop.example.com")
	g.mapped("shop.example.com", "v1", shop.id, "$default")
	type place struct {
		By, Domain, ApiMappingKey, API, APIName, Stage, Rest, Why string
		Certificate                                               *struct {
			NotAfter, Problem, CertificateArn string
			DaysLeft                          int
		}
	}
	ask := func(host, path string) (p place) {
		t.Helper()
		g.own("GET", "/_dragoman/domains/test?host="+url.QueryEscape(host)+"&path="+url.QueryEscape(path), "", &p)
		return p
	}
	if p := ask("SHOP.example.com:443", "/v1/pets"); p.By != "custom domain" || p.Domain != "shop.example.com" || p.ApiMappingKey != "v1" || p.API != shop.id || p.Stage != "$default" || p.Rest != "/pets" ||
		p.Certificate == nil || p.Certificate.CertificateArn != ownCertificate || p.Certificate.NotAfter == "" || !strings.Contains(p.Why, `mapping "v1"`) {
		t.Errorf("got %+v %+v", p, p.Certificate)
	}
	if p := ask("shop.example.com", "/v2/pets"); p.API != "" || p.Domain != "shop.example.com" || !strings.Contains(p.Why, "takes the path") {
		t.Errorf("got %+v", p)
	}
	if p := ask(shop.id+".execute-api.us-east-1.amazonaws.com", "/pets"); p.By != "name of the API" || p.API != shop.id || p.Stage != "$default" || p.Rest != "/pets" {
		t.Errorf("got %+v", p)
	}
	if p := ask("nobody.example", "/"); p.API != "" || !strings.Contains(p.Why, "neither") || p.Certificate == nil || p.Certificate.Problem == "" {
		t.Errorf("got %+v %+v", p, p.Certificate)
	}
	var home struct {
		Certificates []struct{ Domain, NotAfter, Problem string }
	}
	if raw := g.own("GET", "/_dragoman/home", "", &home); len(home.Certificates) != 1 || home.Certificates[0].Domain != "shop.example.com" || home.Certificates[0].NotAfter == "" {
		t.Errorf("got %s", raw.body)
	}
}
