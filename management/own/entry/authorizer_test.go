package entry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/verdict"
	"github.com/dragoman-gateway/dragoman/wire"
)

// An authorizer is found by its id or name and asked as it stands; the token is nowhere but
// in the question.
func TestAuthorizersAreTried(t *testing.T) {
	const secret = "eyJzZWNyZXQiOjF9"
	var asked verdict.Sample
	w := newWorld(t, func(c *control.Control) []wire.Row {
		return Authorizers(c, func(_ context.Context, s *verdict.Sample) (verdict.Verdict, error) {
			if asked = *s; s.Token != secret {
				return verdict.Verdict{}, errors.New("no")
			}
			return verdict.Verdict{Decision: "deny", Status: 401, Check: "aud", Why: s.Authorizer.JwtConfiguration.Issuer + strings.Join(s.Scopes, ",")}, nil
		})
	})
	api := w.must("POST", "/v2/apis", `{"name":"pets","protocolType":"HTTP"}`)["apiId"].(string)
	w.must("POST", "/v2/apis/"+api+"/stages", `{"stageName":"dev","stageVariables":{"a":"b"}}`)
	id := w.must("POST", "/v2/apis/"+api+"/authorizers",
		`{"name":"users","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"https://i.example","audience":["web"]}}`)["authorizerId"].(string)
	for _, named := range []string{`"api":"pets","authorizer":"users"`, `"api":"` + api + `","authorizer":"` + id + `"`} {
		got := w.must("POST", TestPath, `{`+named+`,"token":"`+secret+`","scopes":["a","b"],"headers":{"x":"y"},"query":{"q":"1"},"method":"PUT","path":"/p"}`)
		if got["check"] != "aud" || got["why"] != "https://i.examplea,b" || got["authorizer"] != "users" || got["api"] != api || got["status"] != float64(401) {
			t.Errorf("got %v", got)
		}
	}
	if asked.Headers["x"] != "y" || asked.Query["q"] != "1" || asked.Method != "PUT" || asked.Path != "/p" || asked.Region != "us-east-1" || asked.Stage == nil || asked.Stage.StageVariables["a"] != "b" {
		t.Errorf("asked about %+v", asked)
	}
	w.refused("POST", TestPath, `{"api":"pets","authorizer":"nobody","token":"`+secret+`"}`, 404, "there is no authorizer")
	w.refused("POST", TestPath, `{"api":"nobody","authorizer":"users"}`, 404, "there is no API")
	w.refused("POST", TestPath, `{"api":"pets","authorizer":"users","stage":"none"}`, 404, "there is no stage")
	w.refused("POST", TestPath, `{"api":"pets","authorizer":"users","token":"else"}`, 400, "no")
	if status, _ := w.ask("another", "POST", TestPath, `{"api":"pets","authorizer":"users","token":"`+secret+`"}`); status != 404 {
		t.Errorf("whoever does not reach the API got %d", status)
	}
	told := w.log.String()
	for _, entry := range w.audited {
		told += entry.Resource + entry.Operation
	}
	if strings.Contains(told, secret) {
		t.Errorf("the token is logged: %s", told)
	}
}

// Decisions, usage and places are shown to those whose keys reach the APIs that they are of.
func TestWhatIsShownOfEntry(t *testing.T) {
	made := []verdict.Decision{{API: "a", Why: "one"}, {API: "b", Why: "two"}, {API: "a", Why: "three"}}
	var pets, birds string
	w := newWorld(t, func(c *control.Control) []wire.Row {
		rows := Decisions(c, func(_ context.Context, most int, apis []string, shown func(string) bool) (found []verdict.Decision, silent []string, err error) {
			for _, d := range made {
				if d.API = map[string]string{"a": pets, "b": birds}[d.API]; shown(d.API) && len(found) < most {
					found = append(found, d)
				}
				if shown(d.API) && apis != nil && !slices.Contains(apis, d.API) {
					t.Errorf("other nodes are asked about %q, and %s is shown", apis, d.API)
				}
			}
			if most == 2 {
				silent = []string{"0000aa"}
			}
			return found, silent, nil
		})
		rows = append(rows, Usage(c, func(string, string) verdict.Used { return verdict.Used{Used: 3} })...)
		return append(rows, Domains(c, func(a verdict.Asked) verdict.Place { return verdict.Place{API: birds, Why: a.Path + a.Headers["X-V"]} })...)
	})
	pets = w.must("POST", "/v2/apis", `{"name":"pets","protocolType":"HTTP"}`)["apiId"].(string)
	birds = w.must("POST", "/v2/apis", `{"name":"birds","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.a"}`)["apiId"].(string)
	count := func(reaches, target, member string) int {
		_, answer := w.ask(reaches, "GET", target, "")
		list, ok := answer[member].([]any)
		if !ok {
			t.Errorf("%s: got %v", target, answer)
		}
		return len(list)
	}
	for _, row := range []struct {
		reaches, query string
		want           int
	}{{"", "", 3}, {"", "?api=pets", 2}, {"", "?limit=1", 1}, {pets, "", 2}, {birds, "", 1}, {birds, "?api=pets", 0}, {"other", "", 0}} {
		if got := count(row.reaches, DecisionsPath+row.query, "decisions"); got != row.want {
			t.Errorf("decisions%s as %q: got %d, want %d", row.query, row.reaches, got, row.want)
		}
	}
	if _, answer := w.ask("", "GET", DecisionsPath+"?limit=2", ""); fmt.Sprint(answer["silent"]) != "[0000aa]" {
		t.Errorf("a node that is silent is not named: %v", answer)
	}
	w.refused("GET", DecisionsPath+"?limit=201", "", 400, "limit: ")
	w.must("POST", "/v2/apis/"+birds+"/stages", `{"stageName":"dev"}`)
	plan := w.must("POST", "/usageplans", `{"name":"gold","apiStages":[{"apiId":"`+birds+`","stage":"dev"}],"quota":{"limit":10,"period":"DAY"},"throttle":{"rateLimit":2,"burstLimit":3}}`)["id"].(string)
	key := w.must("POST", "/apikeys", `{"name":"k","enabled":true,"value":"a-secret-value-of-a-key"}`)["id"].(string)
	w.must("POST", "/usageplans/"+plan+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	if count("", UsagePath, "usagePlans") != 1 || count(birds, UsagePath, "usagePlans") != 1 || count(pets, UsagePath, "usagePlans") != 0 || count("", UsagePath+"?api=pets", "usagePlans") != 0 {
		t.Error("usage is shown to whoever does not reach its API, or not to who does")
	}
	shown := w.must("GET", UsagePath, "")["usagePlans"].([]any)[0].(map[string]any)
	one := shown["keys"].([]any)[0].(map[string]any)
	if one["used"] != float64(3) || one["left"] != float64(7) || one["apiKeyId"] != key || one["value"] != nil || shown["quota"].(map[string]any)["limit"] != float64(10) {
		t.Errorf("got %v", shown)
	}
	place := w.must("GET", DomainTestPath+"?host=https%3A%2F%2Fx.example%2Fp&headers=X-V%3A+2", "")
	if place["api"] != birds || place["apiName"] != "birds" || place["why"] != "/p2" || place["host"] != "x.example" {
		t.Errorf("got %v", place)
	}
	if _, place := w.ask(pets, "GET", DomainTestPath+"?host=x.example", ""); place["api"] != "" {
		t.Errorf("whoever does not reach the API got %v", place)
	}
	w.refused("GET", DomainTestPath, "", 400, "host: ")
	w.refused("GET", DomainTestPath+"?host=x&headers=nonsense", "", 400, "headers: ")
}
