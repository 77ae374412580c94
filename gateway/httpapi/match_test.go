package httpapi

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
)

func TestChooseStage(t *testing.T) {
	api := func(names ...string) *serving.Api {
		a := &serving.Api{Stages: map[string]*serving.Stage{}}
		for _, name := range names {
			a.Stages[name] = &serving.Stage{Stage: &plan.Stage{Name: name}}
		}
		return a
	}
	both := api("$default", "prod", "a-b_c")
	for _, row := range []struct {
		api                       *serving.Api
		path, stage, rest, prefix string
	}{
		{both, "/prod/x/y", "prod", "/x/y", "/prod"},
		{both, "/prod", "prod", "", "/prod"},
		{both, "/prod/", "prod", "/", "/prod"},
		{both, "/pr%6Fd/x", "prod", "/x", "/prod"},
		{both, "/prodigy/x", "$default", "/prodigy/x", ""},
		{both, "/x/prod", "$default", "/x/prod", ""},
		{both, "/", "$default", "/", ""},
		{both, "", "$default", "", ""},
		{both, "/$default/x", "$default", "/$default/x", ""},
		{both, "/a-b_c/prod", "a-b_c", "/prod", "/a-b_c"},
		{api("prod"), "/x", "", "/x", ""},
		{api("prod"), "/", "", "/", ""},
	} {
		stage, rest, prefix := chooseStage(row.api, row.path)
		name := ""
		if stage != nil {
			name = stage.Name
		}
		if name != row.stage || rest != row.rest || prefix != row.prefix {
			t.Errorf("%q: got %q %q %q, want %q %q %q", row.path, name, rest, prefix, row.stage, row.rest, row.prefix)
		}
	}
}

func TestContextOfARequest(t *testing.T) {
	g := newGateway(Config{Forwarder: &backend{}}, proxied("http://b", "POST /x/{id}"), "prod")
	g.ask("POST", "/prod/x/1?a=1", "12345", "User-Agent", "tester", "Host", "api.execute-api.example")
	x := g.last(t)
	for name, want := range map[string]string{
		"accountId": "123456789012", "apiId": "api", "domainName": "api.execute-api.example", "domainPrefix": "api",
		"httpMethod": "POST", "path": "/prod/x/1", "protocol": "HTTP/1.1", "routeKey": "POST /x/{id}", "stage": "prod", "status": "200",
		"identity.sourceIp": "192.0.2.1", "identity.userAgent": "tester", "responseLength": "4", "dataProcessed": "9",
		"integration.status": "200", "integrationStatus": "200", "requestId": x.RequestID, "extendedRequestId": x.RequestID,
	} {
		if got, _ := x.Lookup(name); got != want {
			t.Errorf("$context.%s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"requestTime", "requestTimeEpoch"} {
		if got, ok := x.Lookup(name); !ok {
			t.Errorf("$context.%s: got %q", name, got)
		}
	}
	if g.set[0] == nil {
		t.Error("settings: got nil, want those of the route")
	}
	if g.ask("GET", "/prod/none", ""); g.set[1] != nil || g.last(t).Status != 404 || g.last(t).Error.Message != "Not Found" {
		t.Errorf("without a route: got %v %+v", g.set[1], g.last(t))
	}
	if g.ask("GET", "/none", ""); len(g.done) != 2 {
		t.Errorf("without a stage: got %d exchanges, want none told of", len(g.done)-2)
	}
}

func TestTraceIDs(t *testing.T) {
	c := newGateway(Config{Forwarder: &backend{}}, proxied("http://b", "GET /x"))
	c.ask("GET", "/x", "")
	id := exchange.NewTraceID(c.last(t).RequestTime)
	parts := strings.Split(strings.TrimPrefix(id, "Root="), "-")
	if len(parts) != 3 || parts[0] != "1" || len(parts[1]) != 8 || len(parts[2]) != 24 {
		t.Errorf("got %s", id)
	}
}
