package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// perRoute has messages be authorized by their routes.
func perRoute(c *server.Config) { c.WebSocket.PerRoute = true }

// guardRoute has a route ask for authorization.
func (a *socketApi) guardRoute(route, kind string, authorizer *string, scopes ...string) error {
	_, err := a.sdk.UpdateRoute(a.t.Context(), &apigatewayv2.UpdateRouteInput{
		ApiId: &a.id, RouteId: &route, AuthorizationType: types.AuthorizationType(kind), AuthorizerId: authorizer, AuthorizationScopes: scopes,
	})
	return err
}

// jwtSocket makes a JWT authorizer of a WebSocket API.
func (a *socketApi) jwtSocket(name, source string, i *openID) (*string, error) {
	made, err := a.sdk.CreateAuthorizer(a.t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: &name, AuthorizerType: "JWT", IdentitySource: []string{source},
		JwtConfiguration: &types.JWTConfiguration{Issuer: &i.url, Audience: []string{"me"}},
	})
	if err != nil {
		return nil, err
	}
	return made.AuthorizerId, nil
}

// Without the flag the management API says no, as AWS does.
func TestRouteAuthorizationIsOffByDefault(t *testing.T) {
	i := newOpenID(t)
	a := start(t).socketApi(mock(), mockReply("x"))
	if _, err := a.jwtSocket("jwt", "route.request.header.Authorization", i); err == nil || !strings.Contains(err.Error(), "Only REQUEST authorizer type is supported") {
		t.Errorf("a JWT authorizer: got %v", err)
	}
	if err := a.guardRoute(a.route, "AWS_IAM", nil); err == nil || !strings.Contains(err.Error(), "restricted to the $connect route only") {
		t.Errorf("a route that asks for a signature: got %v", err)
	}
}

// A client connects with a token in its handshake, by a header or the query, and its messages
// are judged by the authorizers of their routes.
func TestRouteAuthorizationByTokens(t *testing.T) {
	i := newOpenID(t)
	a := start(t, perRoute, recording).socketApi(mock(), mockReply(`$context.authorizer.principalId/$context.authorizer.claims.role`))
	connect, say, again, open := a.addRoute("$connect", false), a.addRoute("say", true), a.addRoute("again", true), a.addRoute("open", true)
	header, err := a.jwtSocket("header", "$request.header.Authorization", i)
	must(t, err)
	query, err := a.jwtSocket("query", "route.request.querystring.token", i)
	must(t, err)
	body, err := a.jwtSocket("body", "route.request.body.auth.token", i)
	must(t, err)
	must(t, a.guardRoute(connect, "JWT", header))
	must(t, a.guardRoute(a.route, "JWT", body, "chat:write"))
	must(t, a.guardRoute(say, "JWT", body))
	must(t, a.guardRoute(again, "JWT", header))
	_ = open
	if err := a.guardRoute(a.addRoute("$disconnect", false), "JWT", header); err == nil {
		t.Error("a $disconnect asks for authorization")
	}
	a.deploy()

	first := i.token(t, map[string]any{"role": "guest"})
	dial := func(query string, header http.Header) (*websocket.Conn, *http.Response) {
		conn, response, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+query, &websocket.DialOptions{HTTPHeader: header})
		if err == nil {
			t.Cleanup(func() { _ = conn.CloseNow() })
		}
		return conn, response
	}
	if conn, response := dial("", nil); conn != nil || response.StatusCode != 401 || response.Header.Get("Www-Authenticate") != "Bearer" {
		t.Errorf("without a token: got %v", response)
	}
	expired := http.Header{"Authorization": {"Bearer " + i.token(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})}}
	if conn, response := dial("", expired); conn != nil || response.StatusCode != 401 || !strings.Contains(response.Header.Get("Www-Authenticate"), "invalid_token") {
		t.Errorf("with a token that is over: got %v", response)
	}
	conn, _ := dial("", http.Header{"Authorization": {"Bearer " + first}})
	if conn == nil {
		t.Fatal("a good token is refused")
	}
	second := i.token(t, map[string]any{"sub": "joe", "role": "owner", "scope": "chat:write"})
	message := func(action, token string) string {
		return fmt.Sprintf(`{"action":%q,"auth":{"token":%q}}`, action, token)
	}
	for _, row := range []struct{ name, message, want string }{
		{"an open route knows whom $connect let in", message("open", ""), "jane/guest"},
		{"what the handshake had", message("again", ""), "jane/guest"},
		{"a token in the message", message("say", second), "joe/owner"},
		{"a scope that the token has", message("ask", second), "joe/owner"},
		{"a scope that it lacks", message("ask", first), "Forbidden"},
		{"no token", `{"action":"say"}`, "Unauthorized"},
		{"a token of nobody", message("say", "a.b.c"), "Unauthorized"},
		{"the client is who it was", message("open", ""), "jane/guest"},
	} {
		got := a.ask(conn, row.message)
		var frame struct{ Message, ConnectionID, RequestID string }
		if strings.Contains(row.want, "/") {
			if got != row.want {
				t.Errorf("%s: got %s, want %s", row.name, got, row.want)
			}
		} else if json.Unmarshal([]byte(got), &frame) != nil || frame.Message != row.want || frame.ConnectionID == "" || frame.RequestID == "" {
			t.Errorf("%s: got %s", row.name, got)
		}
	}
	// The record of a refusal says which scope was wanted, and no record has a token.
	why := ""
	eventually(t, "the record of a refused message", func() bool {
		for _, r := range a.traces("limit=100") {
			for _, step := range r.Steps {
				if r.Kind == "message" && r.Status == 403 && step.Name == "authorize" {
					why = step.Outcome + ": " + step.Why
				}
			}
			for _, token := range []string{first, second} {
				if strings.Contains(r.text, token) {
					t.Errorf("a record has the token: %s", r.text)
				}
			}
		}
		return why != ""
	})
	if !strings.HasPrefix(why, "failed: ") || !strings.Contains(why, "scope") || !strings.Contains(why, "chat:write") {
		t.Errorf("the refusal is explained by %q", why)
	}

	// By the query, and by what is deployed now: a client that stays is judged by it.
	must(t, a.guardRoute(connect, "JWT", query))
	must(t, a.guardRoute(open, "JWT", body))
	a.deploy()
	if got := a.ask(conn, message("open", "")); !strings.Contains(got, `"message": "Unauthorized"`) {
		t.Errorf("a route that came to be guarded: got %s", got)
	}
	if conn, _ := dial("?token="+first, nil); conn == nil {
		t.Error("a good token in the query is refused")
	} else if got := a.ask(conn, message("again", "")); !strings.Contains(got, `"message": "Unauthorized"`) {
		t.Errorf("a header that the handshake did not have: got %s", got)
	}
}

// A function judges messages: by its policy for each route, and as often as the authorizer says.
func TestRouteAuthorizationByAFunction(t *testing.T) {
	yes := `{"principalId":"me","context":{"tenant":"t1"},"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":["*/prod/ask","*/prod/known","*/prod/$connect"]}]}}`
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"guard": says(yes)})
	a := start(t, f.as, perRoute, recording).socketApi(mock(), mockReply(`$context.authorizer.principalId/$context.authorizer.tenant`))
	other := a.addRoute("other", false)
	signed, known := a.addRoute("signed", true), a.addRoute("known", true)
	authorizer := func(name, source string) *string {
		made, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &a.id, Name: &name, AuthorizerType: "REQUEST", IdentitySource: []string{source}, AuthorizerResultTtlInSeconds: aws.Int32(300),
			AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:guard")),
		})
		must(t, err)
		return made.AuthorizerId
	}
	guard := authorizer("guard", "route.request.body.ticket")
	must(t, a.guardRoute(a.route, "CUSTOM", guard))
	must(t, a.guardRoute(other, "CUSTOM", guard))
	must(t, a.guardRoute(known, "CUSTOM", authorizer("address", "context.identity.sourceIp")))
	must(t, a.guardRoute(signed, "AWS_IAM", nil))
	a.deploy()
	conn := a.dial(nil)
	for _, row := range []struct {
		message, want string
		asked         int
	}{
		{`{"action":"ask","ticket":"a"}`, "me/t1", 1},
		{`{"action":"ask","ticket":"a"}`, "me/t1", 1},
		{`{"action":"other","ticket":"a"}`, `{"message": "Forbidden", `, 1}, // one-way routes tell of failures too
		{`{"action":"ask","ticket":"b"}`, "me/t1", 2},
		{`{"action":"ask"}`, `{"message": "Unauthorized", `, 2},
		{`{"action":"signed"}`, `{"message": "Forbidden", `, 2},
	} {
		if got := a.ask(conn, row.message); !strings.HasPrefix(got, row.want) || f.count("guard") != row.asked {
			t.Errorf("%s: got %s after %d questions, want %s after %d", row.message, got, f.count("guard"), row.want, row.asked)
		}
	}
	_, err := a.sdk.ResetAuthorizersCache(t.Context(), &apigatewayv2.ResetAuthorizersCacheInput{ApiId: &a.id, StageName: aws.String("prod")})
	must(t, err)
	if a.ask(conn, `{"action":"ask","ticket":"a"}`); f.count("guard") != 3 {
		t.Errorf("after a reset the function was asked %d times", f.count("guard"))
	}
	var e struct {
		MethodArn, Body string
		RequestContext  struct{ RouteKey, EventType, ConnectionID string }
	}
	f.last(t, "guard", &e)
	if !strings.HasSuffix(e.MethodArn, "/prod/ask") || !strings.Contains(e.Body, "ticket") || e.RequestContext.RouteKey != "ask" || e.RequestContext.EventType != "MESSAGE" || e.RequestContext.ConnectionID == "" {
		t.Errorf("the function was asked with %+v", e)
	}
	// A replay asks no authorizer: it is who the message was let in as, and none that was refused.
	if got := a.ask(conn, `{"action":"known"}`); got != "me/t1" {
		t.Fatalf("got %s", got)
	}
	replay := func(text string) heard {
		t.Helper()
		found := a.traces("limit=1&text=" + text)
		if len(found) != 1 {
			t.Fatalf("no record has %s", text)
		}
		return a.own("POST", "/_dragoman/traces/"+found[0].ID+"/replay", "", nil)
	}
	if got := replay("known"); got.StatusCode != 200 || !strings.Contains(got.body, `"differences":[]`) {
		t.Errorf("a message that was let in: got %d %s", got.StatusCode, got.body)
	}
	if got := replay("not+signed"); got.StatusCode != 409 || !strings.Contains(got.body, "none has let this message in") {
		t.Errorf("a message that was refused: got %d %s", got.StatusCode, got.body)
	}
}
