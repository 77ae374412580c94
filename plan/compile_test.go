package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/resource"
)

func pointer[T any](v T) *T { return &v }

// socketStage compiles a WebSocket API for stage prod.
func socketStage(change func(s *resource.Snapshot, stage *resource.Stage)) *Stage {
	s := &resource.Snapshot{
		Api:    resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket, RouteSelectionExpression: "$request.body.action"},
		Routes: []resource.Route{{RouteId: "r1", RouteKey: "ask", Target: "integrations/i1"}},
		Integrations: []resource.Integration{{
			IntegrationId: "i1", IntegrationType: "HTTP", IntegrationMethod: "POST", IntegrationUri: "http://backend", TimeoutInMillis: 29000,
		}},
	}
	stage := &resource.Stage{StageName: "prod", DeploymentId: "d1", StageVariables: map[string]string{"env": "blue", "none": ""}}
	change(s, stage)
	return Compile(Input{Region: "us-east-1", AccountID: "000000000000", Stage: stage, Snapshot: s}, nil)
}

// A message has no method that a backend for any method could be called by.
func TestAnyMethodOfAWebSocketApi(t *testing.T) {
	for method, want := range map[string]string{"ANY": "POST", "PUT": "PUT"} {
		s := socketStage(func(s *resource.Snapshot, _ *resource.Stage) { s.Integrations[0].IntegrationMethod = method })
		if got := s.WebSocket.Custom["ask"].Integration.Method; got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
}

func TestRoutesOfAWebSocketApi(t *testing.T) {
	s := socketStage(func(s *resource.Snapshot, _ *resource.Stage) {
		for _, key := range []string{"$connect", "$disconnect", "$default", "tell"} {
			s.Routes = append(s.Routes, resource.Route{RouteId: key, RouteKey: key, AuthorizerId: "u1"})
		}
		s.RouteResponses = map[string][]resource.RouteResponse{"r1": {{RouteResponseKey: "$default"}}, "tell": {{RouteResponseKey: "other"}}}
		s.Authorizers = []resource.Authorizer{{AuthorizerId: "u0"}, {AuthorizerId: "u1", Name: "mine"}}
	})
	w := s.WebSocket
	if w.Connect == nil || w.Disconnect == nil || w.Default == nil || len(w.Custom) != 2 || w.SelectErr != nil {
		t.Fatalf("got %+v, want all three special routes and two others", w)
	}
	if ask, tell := w.Custom["ask"], w.Custom["tell"]; !ask.TwoWay || tell.TwoWay || ask.Integration == nil || tell.Integration != nil || ask.Authorizer != nil {
		t.Errorf("ask: two-way %v, tell: two-way %v", ask.TwoWay, tell.TwoWay)
	}
	if w.Connect.Authorizer == nil || w.Connect.Authorizer.Name != "mine" {
		t.Errorf("$connect's authorizer: got %+v", w.Connect.Authorizer)
	}
	if s.HTTP != nil || s.ApiID != "a1" || s.Name != "prod" || s.DeploymentID != "d1" || s.Region != "us-east-1" || s.AccountID != "000000000000" {
		t.Errorf("stage: got %+v", s)
	}
}

func TestStageWithoutDeployment(t *testing.T) {
	s := Compile(Input{Stage: &resource.Stage{StageName: "prod"}}, nil)
	if s.WebSocket != nil || s.HTTP != nil || s.Api == nil {
		t.Errorf("got %+v, want a stage that serves nothing", s)
	}
}

func TestBackends(t *testing.T) {
	for _, row := range []struct {
		kind, uri string
		want      Backend
		proxy     bool
		quick     bool
	}{
		{"MOCK", "", ToMock, false, true},
		{"HTTP", "http://b", ToHTTP, false, false},
		{"HTTP_PROXY", "http://b", ToHTTPProxy, true, false},
		{"AWS_PROXY", "arn:aws:lambda:us-east-1:000000000000:function:f", ToFunctionProxy, true, false},
		{"AWS", "arn:aws:lambda:us-east-1:000000000000:function:f", ToFunction, false, false},
		{"AWS", "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations", ToFunction, false, false},
		{"AWS", "arn:aws:apigateway:us-east-1:sqs:action/SendMessage", ToService, false, false},
	} {
		got := backend(&resource.Integration{IntegrationType: row.kind, IntegrationUri: row.uri})
		if got != row.want || got.Proxy() != row.proxy || got.Quick() != row.quick {
			t.Errorf("%s %s: got %v, proxy %v, quick %v", row.kind, row.uri, got, got.Proxy(), got.Quick())
		}
	}
}

// Stage variables are in place before a message comes.
func TestStageVariablesInAddresses(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"http://${stageVariables.env}.backend/x", "http://blue.backend/x"},
		{"arn:aws:lambda:us-east-1:000000000000:function:f:${stageVariables.env}", "arn:aws:lambda:us-east-1:000000000000:function:f:blue"},
		{"${stageVariables.env}${stageVariables.env}", "blueblue"},
		{"http://${stageVariables.none}x${stageVariables.unknown}", "http://x"},
		{"http://backend/{id}/$x", "http://backend/{id}/$x"},
		{"http://backend/${context.stage}", "http://backend/${context.stage}"},
	} {
		s := socketStage(func(s *resource.Snapshot, _ *resource.Stage) {
			i := &s.Integrations[0]
			i.IntegrationUri, i.CredentialsArn, i.ConnectionType, i.ConnectionId = row.text, row.text, "VPC_LINK", row.text
		})
		i := s.WebSocket.Custom["ask"].Integration
		if i.URI != row.want || i.Credentials != row.want || i.Link != row.want {
			t.Errorf("%s: got URI %s, credentials %s, link %s, want %s", row.text, i.URI, i.Credentials, i.Link, row.want)
		}
	}
}

func TestSettingsAreMerged(t *testing.T) {
	s := socketStage(func(s *resource.Snapshot, stage *resource.Stage) {
		s.Routes = append(s.Routes, resource.Route{RouteId: "r2", RouteKey: "tell"})
		stage.DefaultRouteSettings = &resource.RouteSettings{
			ThrottlingRateLimit: pointer(100.0), ThrottlingBurstLimit: pointer(int32(50)), LoggingLevel: "ERROR", DataTraceEnabled: pointer(true),
		}
		stage.RouteSettings = map[string]resource.RouteSettings{
			"ask": {ThrottlingRateLimit: pointer(0.0), DetailedMetricsEnabled: pointer(true), DataTraceEnabled: pointer(false), LoggingLevel: "INFO"},
		}
	})
	want := map[string]Settings{
		"ask":  {Rate: 0, Burst: 50, Throttled: true, LoggingLevel: "INFO", DetailedMetrics: true},
		"tell": {Rate: 100, Burst: 50, Throttled: true, LoggingLevel: "ERROR", DataTrace: true},
	}
	for key, settings := range want {
		if diff := cmp.Diff(settings, s.WebSocket.Custom[key].Settings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	plain := socketStage(func(*resource.Snapshot, *resource.Stage) {})
	if diff := cmp.Diff(Settings{Rate: 10000, Burst: 5000, LoggingLevel: "OFF"}, plain.WebSocket.Custom["ask"].Settings); diff != "" {
		t.Errorf("unset (-want +got):\n%s", diff)
	}
}

func TestRequiredParametersOfARoute(t *testing.T) {
	s := socketStage(func(s *resource.Snapshot, _ *resource.Stage) {
		s.Routes[0].RequestParameters = map[string]resource.ParameterConstraints{
			"route.request.header.B": {Required: true}, "route.request.querystring.a": {Required: true},
			"method.request.header.C": {Required: true}, "route.request.header.free": {}, "somewhere.else": {Required: true},
		}
	})
	if diff := cmp.Diff([]Required{{true, "B"}, {true, "C"}, {false, "a"}}, s.WebSocket.Custom["ask"].Required); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTemplatesByKey(t *testing.T) {
	s := socketStage(func(s *resource.Snapshot, _ *resource.Stage) {
		s.Integrations[0].RequestTemplates = map[string]string{"a": "A", `\$default`: "D", "text": "$input.body", "broken": "#if("}
		s.Integrations[0].TemplateSelectionExpression = "${request.body.kind}"
	})
	i := s.WebSocket.Custom["ask"].Integration
	for key, want := range map[string]string{"a": "A", "none": "D", "": "D", "$default": "D"} {
		if got := i.Templates.Get(key); got == nil || got.Text != want {
			t.Errorf("%q: got %+v, want %s", key, got, want)
		}
	}
	if !i.Templates.Any() || i.Templates.Select == nil || i.Timeout != 29*time.Second {
		t.Errorf("got %+v", i.Templates)
	}
	if a, text, broken := i.Templates.Get("a"), i.Templates.Get("text"), i.Templates.Get("broken"); string(a.Static) != "A" || text.Static != nil || broken.Tree != nil || broken.Err == nil {
		t.Errorf("static: got %q, %q; broken: got %v", a.Static, text.Static, broken.Err)
	}
	none := Templates{}
	if none.Any() || none.Get("x") != nil {
		t.Error("no templates: found one")
	}
}

// Responses are tried in order of creation, and a broken pattern matches nothing.
func TestChoose(t *testing.T) {
	s := socketStage(func(s *resource.Snapshot, _ *resource.Stage) {
		for _, key := range []string{"//", `/2\d\d/`, "/(/", "/200/", "$default"} {
			s.IntegrationResponses = map[string][]resource.IntegrationResponse{"i1": append(s.IntegrationResponses["i1"], resource.IntegrationResponse{IntegrationResponseKey: key})}
		}
	})
	i := s.WebSocket.Custom["ask"].Integration
	for value, want := range map[string]string{"200": `/2\d\d/`, "2000": "$default", "(": "$default", "": "$default"} {
		if got := i.Choose(value); got == nil || got.Resource.IntegrationResponseKey != want {
			t.Errorf("%q: got %+v, want %s", value, got, want)
		}
	}
	i.Default = nil
	if got := i.Choose("500"); got != nil {
		t.Errorf("without $default: got %+v", got)
	}
}

// What a plan has compiled is used again by the next one of the same stage.
func TestPreviousPlan(t *testing.T) {
	snapshot := &resource.Snapshot{
		Api:          resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket},
		Routes:       []resource.Route{{RouteKey: "ask", Target: "integrations/i1"}},
		Integrations: []resource.Integration{{IntegrationId: "i1", RequestTemplates: map[string]string{"a": "$input.body", "b": "$input.body"}}},
	}
	compile := func(previous *Stage) (*Stage, *Templates) {
		s := Compile(Input{Stage: &resource.Stage{}, Snapshot: snapshot}, previous)
		return s, &s.WebSocket.Custom["ask"].Integration.Templates
	}
	first, before := compile(nil)
	second, after := compile(first)
	if before.Get("a") != after.Get("a") || before.Get("a") == before.Get("b") || before.Get("b").Tree == nil {
		t.Error("the template was parsed again")
	}
	changed := *snapshot
	changed.Integrations = []resource.Integration{{IntegrationId: "i1", RequestTemplates: map[string]string{"a": "$input.path('$')"}}}
	snapshot = &changed
	third, _ := compile(second)
	if _, kept := third.templates[templateID{"a", "$input.body"}]; kept {
		t.Error("a template that nobody has any more is kept")
	}
}

// A new deployment compiles what is new in it: everything else is what the plan
// before had, and other stages of the same deployment share it.
func TestOnlyWhatChangedIsCompiled(t *testing.T) {
	deployed := func(changed string) *resource.Snapshot {
		s := &resource.Snapshot{
			Api:    resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket},
			Models: []resource.Model{{Name: "M", Schema: `{"type":"object"}`}},
		}
		for _, id := range []string{"i1", "i2"} {
			text := "same"
			if id == "i2" {
				text = changed
			}
			s.Routes = append(s.Routes, resource.Route{RouteKey: id, Target: "integrations/" + id, ModelSelectionExpression: "$default", RequestModels: map[string]string{"$default": "M"}})
			s.Integrations = append(s.Integrations, resource.Integration{IntegrationId: id, IntegrationUri: "http://${stageVariables.host}/" + id, RequestTemplates: map[string]string{"a": text}})
		}
		s.IntegrationResponses = map[string][]resource.IntegrationResponse{"i1": {{IntegrationResponseKey: "/a/"}}}
		return s
	}
	stage := func(name, host string) *resource.Stage {
		return &resource.Stage{StageName: name, StageVariables: map[string]string{"host": host}}
	}
	of := func(s *Stage, key string) *Integration { return s.WebSocket.Custom[key].Integration }
	first := Compile(Input{Stage: stage("one", "h"), Snapshot: deployed("old")})
	second := Compile(Input{Stage: stage("one", "h"), Snapshot: deployed("new")}, first)
	if of(first, "i1") != of(second, "i1") {
		t.Error("an integration that did not change was compiled again")
	}
	if of(first, "i2") == of(second, "i2") {
		t.Error("an integration that changed was kept")
	}
	if first.models["M"] != second.models["M"] || second.WebSocket.Custom["i1"].Models.Get("") != second.models["M"] {
		t.Error("a model that did not change was compiled again")
	}
	sibling := Compile(Input{Stage: stage("two", "h"), Snapshot: second.Snapshot}, nil, second)
	if of(sibling, "i2") != of(second, "i2") {
		t.Error("a stage of the same deployment compiled it again")
	}
	other := Compile(Input{Stage: stage("two", "elsewhere"), Snapshot: second.Snapshot}, sibling)
	if got := of(other, "i1").URI; got != "http://elsewhere/i1" {
		t.Errorf("other variables: got %s", got)
	}
	if of(other, "i1").Templates.Get("a") != of(second, "i1").Templates.Get("a") {
		t.Error("a template was parsed again for other variables")
	}
	after := deployed("new")
	after.IntegrationResponses["i1"] = append(after.IntegrationResponses["i1"], resource.IntegrationResponse{IntegrationResponseKey: "$default"})
	third := Compile(Input{Stage: stage("one", "h"), Snapshot: after}, second)
	if of(third, "i1").Default == nil || of(third, "i2") != of(second, "i2") {
		t.Error("a response that was added is not there, or the rest was compiled again")
	}
	limited := Compile(Input{Stage: stage("one", "h"), Snapshot: after, Limits: vtl.Limits{Template: 2}}, third)
	if of(limited, "i1").Templates.Get("a").Err == nil {
		t.Error("a template stands that other limits let through")
	}
}

// Warnings finds everything that cannot work, with its place; nothing of it keeps a
// stage from being compiled.
func TestCheckFindsWhatCannotWork(t *testing.T) {
	s := &resource.Snapshot{
		Api: resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket, RouteSelectionExpression: "${"},
		Integrations: []resource.Integration{
			{IntegrationId: "i1", IntegrationType: "HTTP", RequestTemplates: map[string]string{"good": "$input.body", "bad": "one\n  #if(", "$default": "#end"},
				RequestParameters: map[string]string{"integration.request.body.x": "'a'"}, TemplateSelectionExpression: "${request.body"},
			{IntegrationId: "i2", IntegrationType: "MOCK"},
		},
		IntegrationResponses: map[string][]resource.IntegrationResponse{"i2": {
			{IntegrationResponseKey: "/(/"},
			{IntegrationResponseKey: "$default", ResponseTemplates: map[string]string{"x": "#foreach("}, ResponseParameters: map[string]string{"nowhere": "'a'"}},
		}},
		Models: []resource.Model{{Name: "Good", Schema: "{}"}, {Name: "Bad", Schema: `{"type":7}`}, {Name: "Odd", Schema: `{`}},
	}
	var got []string
	for _, w := range Check(s) {
		at := fmt.Sprintf("%s %s", w.Integration, w.Key)
		if w.Line > 0 {
			at += fmt.Sprintf(" line %d", w.Line)
		}
		got = append(got, strings.TrimSpace(at))
		if w.Message == "" || w.API != "a1" {
			t.Errorf("%s: got %+v, want a message and the API", at, w)
		}
	}
	slices.Sort(got)
	want := []string{
		"${", "Bad", "Odd", "i1", "i1 $default line 1", "i1 RequestParameters", "i1 TemplateSelectionExpression", "i1 bad line 2",
		"i2 /(/", "i2 ResponseParameters", "i2 x line 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	compiled := Compile(Input{Stage: &resource.Stage{StageName: "prod"}, Snapshot: s}, nil)
	if compiled.WebSocket == nil || compiled.WebSocket.Select != nil || compiled.WebSocket.SelectErr == nil {
		t.Errorf("got %+v, want a stage whose routes cannot be chosen", compiled.WebSocket)
	}
	if found := Check(&resource.Snapshot{Api: resource.Api{ProtocolType: resource.WebSocket, RouteSelectionExpression: "x"}}); len(found) > 0 {
		t.Errorf("an API without faults: got %+v", found)
	}
}

func TestModelsByKey(t *testing.T) {
	s := socketStage(func(s *resource.Snapshot, _ *resource.Stage) {
		s.Routes[0].ModelSelectionExpression = "$request.body.kind"
		s.Routes[0].RequestModels = map[string]string{"order": "Order", "$default": "Any", "lost": "Lost"}
		s.Models = []resource.Model{{Name: "Order", Schema: `{"$ref":"https://apigateway.amazonaws.com/restapis/a1/models/Any"}`}, {Name: "Any", Schema: "{}"}}
	})
	m := s.WebSocket.Custom["ask"].Models
	for key, want := range map[string]string{"order": "Order", "other": "Any", "lost": "Lost"} {
		if got := m.Get(key); got == nil || got.Name != want {
			t.Errorf("%s: got %+v, want %s", key, got, want)
		}
	}
	if lost := m.Get("lost"); lost.Schema != nil || lost.Err == nil {
		t.Error("a model that is not there has a schema")
	}
	if order := m.Get("order"); order.Err != nil {
		t.Errorf("a model that refers to another: %v", order.Err)
	}
	if s := socketStage(func(*resource.Snapshot, *resource.Stage) {}); s.WebSocket.Custom["ask"].Models != nil {
		t.Error("a route without an expression has models")
	}
}
