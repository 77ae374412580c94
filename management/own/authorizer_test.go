package own

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// An authorizer is found by its id or name and asked as it stands; the token is nowhere but
// in the question.
func TestAuthorizersAreTried(t *testing.T) {
	const secret = "eyJzZWNyZXQiOjF9"
	w := worldOf(t, memory(t), func(of *control.Config, at *wire.Config) {
		at.Own = Authorizers(control.New(*of), func(_ context.Context, a *resource.Authorizer, token string, scopes []string) (Verdict, error) {
			if token != secret {
				return Verdict{}, errors.New("no")
			}
			return Verdict{Decision: "deny", Status: 401, Check: "aud", Why: a.JwtConfiguration.Issuer + strings.Join(scopes, ",")}, nil
		})
	})
	api := w.must("POST", "/v2/apis", `{"name":"pets","protocolType":"HTTP"}`)["apiId"].(string)
	id := w.must("POST", "/v2/apis/"+api+"/authorizers",
		`{"name":"users","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"https://i.example","audience":["web"]}}`)["authorizerId"].(string)
	for _, named := range []string{`"api":"pets","authorizer":"users"`, `"api":"` + api + `","authorizer":"` + id + `"`} {
		got := w.must("POST", TestPath, `{`+named+`,"token":"`+secret+`","scopes":["a","b"]}`)
		if got["check"] != "aud" || got["why"] != "https://i.examplea,b" || got["authorizer"] != "users" || got["api"] != api || got["status"] != float64(401) {
			t.Errorf("got %v", got)
		}
	}
	w.refused("POST", TestPath, `{"api":"pets","authorizer":"nobody","token":"`+secret+`"}`, 404, "NotFoundException", "there is no authorizer")
	w.refused("POST", TestPath, `{"api":"nobody","authorizer":"users"}`, 404, "NotFoundException", "there is no API")
	w.refused("POST", TestPath, `{"api":"pets","authorizer":"users","token":"else"}`, 400, "BadRequestException", "no")
	told := w.log.String()
	for _, entry := range w.audited {
		told += entry.Resource + entry.Operation
	}
	if strings.Contains(told, secret) {
		t.Errorf("the token is logged: %s", told)
	}
}
