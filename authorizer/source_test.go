package authorizer

import (
	"reflect"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
)

// values answers each place with its own prefix, "" for the name "none".
type values struct{}

func (values) get(place, name string) string {
	if name == "none" {
		return ""
	}
	return place + ":" + name
}
func (v values) Header(n string) string        { return v.get("header", n) }
func (v values) Query(n string) string         { return v.get("query", n) }
func (v values) Context(n string) string       { return v.get("context", n) }
func (v values) StageVariable(n string) string { return v.get("stage", n) }
func (v values) Body(n string) string          { return v.get("body", n) }

func TestSources(t *testing.T) {
	texts := []string{
		"$request.header.Authorization", "$request.querystring.token", "$context.identity.sourceIp", "$stageVariables.tenant",
		"route.request.header.none", "route.request.querystring.room.id", "context.routeKey", "stageVariables.none",
		"route.request.body.a.b", "$request.body.none",
	}
	want := []string{
		"header:Authorization", "query:token", "context:identity.sourceIp", "stage:tenant",
		"", "query:room.id", "context:routeKey", "",
		"body:a.b", "",
	}
	sources, err := ParseSources(texts)
	if err != nil {
		t.Fatal(err)
	}
	if got := Resolve(nil, sources, values{}); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := Resolve(nil, nil, values{}); got != nil {
		t.Errorf("no sources: got %q, want nil", got)
	}
	if got := (Source{}).Value(values{}); got != "" {
		t.Errorf("the zero source: got %q, want nothing", got)
	}
}

func TestParseSourceRefuses(t *testing.T) {
	for _, text := range []string{"", "Authorization", "$request.header.", "$request.body.", "route.request.body.a..b", "$request.body.a.", "$request.body", "request.header.X", "$route.request.header.X", "method.request.header.X"} {
		if s, err := ParseSource(text); err == nil {
			t.Errorf("%q was taken as %+v", text, s)
		}
		if _, err := ParseSources([]string{"$context.x", text}); err == nil {
			t.Errorf("a list with %q was taken", text)
		}
	}
}

func TestOutcomeStatus(t *testing.T) {
	for o, want := range map[Outcome]int{Allow: 200, Deny: 403, Unauthorized: 401, Failed: 500, Outcome(9): 500} {
		if got := o.Status(); got != want {
			t.Errorf("outcome %d: got status %d, want %d", o, got, want)
		}
	}
	if (Decision{}).Outcome == Allow {
		t.Error("the zero decision allows")
	}
}

func TestCallerFill(t *testing.T) {
	id := exchange.Identity{SourceIP: "192.0.2.1"}
	(&Caller{AccessKey: "AK", AccountID: "1", CallerID: "C", UserARN: "arn", UserID: "U"}).Fill(&id)
	want := exchange.Identity{SourceIP: "192.0.2.1", AccessKey: "AK", AccountID: "1", Caller: "C", UserArn: "arn", User: "U"}
	if id != want {
		t.Errorf("got %+v, want %+v", id, want)
	}
}
