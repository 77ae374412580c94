package authorize

import (
	"net/http/httptest"
	"testing"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// values are the identity sources of a request.
type values map[string]string

func (v values) Header(name string) string        { return v["header."+name] }
func (v values) Query(name string) string         { return v["query."+name] }
func (v values) Context(path string) string       { return v["context."+path] }
func (v values) StageVariable(name string) string { return v["stage."+name] }
func (v values) Body(path string) string          { return v["body."+path] }

func httpRoute(kind string, a *resource.Authorizer) *plan.RouteConfig {
	return &plan.RouteConfig{Key: "GET /x", Resource: &resource.Route{AuthorizationType: kind}, Authorizer: a}
}

// Whatever cannot be made as it is configured refuses everybody.
func TestMisconfiguredRoutesAreShut(t *testing.T) {
	jwt := &resource.Authorizer{AuthorizerId: "j", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"}}
	broken := request("$request.body.x")
	for _, row := range []struct {
		name       string
		kind       string
		authorizer *resource.Authorizer
	}{
		{"no authorizer", "CUSTOM", nil},
		{"a JWT authorizer for CUSTOM", "CUSTOM", jwt},
		{"a Lambda authorizer for JWT", "JWT", request()},
		{"no issuer", "JWT", jwt},
		{"an unknown source", "CUSTOM", broken},
		{"no functions", "CUSTOM", request()},
		{"an unknown type", "MAGIC", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := New(Config{}).Route(&plan.Stage{ApiID: "api", Name: "prod"}, httpRoute(row.kind, row.authorizer))
			if d == nil {
				t.Fatal("the route is open")
			}
			x := exchange.Begin(exchange.Request)
			q := &Question{Client: new(peer.Client), HTTP: httptest.NewRequest("GET", "/x", nil), Path: "/x", Values: values{"header.Authorization": "t"}}
			if got := d.Decide(t.Context(), q, x); got.Outcome != authorizer.Failed || x.AuthorizerAt.Error == "" {
				t.Errorf("got outcome %d, error %q, want a failure that is told", got.Outcome, x.AuthorizerAt.Error)
			}
		})
	}
}

func TestOpenRoutesHaveNoDecider(t *testing.T) {
	if open := New(Config{}).Route(&plan.Stage{ApiID: "api", Name: "prod"}, httpRoute("NONE", nil)); open != nil {
		t.Errorf("an open route: got %v, want nil", open)
	}
}
