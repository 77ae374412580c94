package conformance

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// TestAuthorizerOfConnectSeesTheHandshake holds the event of a REQUEST authorizer
// on $connect against one that AWS sent, and against that of the integration of the
// same handshake: what both have is the same in both.
func TestAuthorizerOfConnectSeesTheHandshake(t *testing.T) {
	const yes = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`
	for _, front := range []string{"own", "net/http"} {
		f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`{"statusCode":200}`), "guard": says(yes)})
		g := start(t, f.as, func(c *server.Config) { c.Front = front })
		a := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkURI)},
			apigatewayv2.CreateIntegrationResponseInput{})
		made, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{},
			AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:guard")),
		})
		must(t, err)
		connect := a.addRoute("$connect", false)
		_, err = a.sdk.UpdateRoute(t.Context(), &apigatewayv2.UpdateRouteInput{
			ApiId: &a.id, RouteId: &connect, AuthorizationType: "CUSTOM", AuthorizerId: made.AuthorizerId,
		})
		must(t, err)
		a.deploy()

		for name, header := range map[string]map[string][]string{
			"plain":       nil,
			"behind many": {"X-Forwarded-For": {"192.0.2.1, 192.0.2.2", "192.0.2.3"}, "X-Many": {"1", "2"}},
			"traced":      {"X-Amzn-Trace-Id": {"Root=1-67891233-abcdef012345678912345678"}},
		} {
			_ = a.dial(&websocket.DialOptions{HTTPHeader: header}).CloseNow()
			var asked, told struct {
				Headers           map[string]string
				MultiValueHeaders map[string][]string
			}
			f.last(t, "guard", &asked)
			f.last(t, "talk", &told)
			if asked.Headers["X-Amzn-Trace-Id"] == "" || header != nil && header["X-Amzn-Trace-Id"] != nil && asked.Headers["X-Amzn-Trace-Id"] != header["X-Amzn-Trace-Id"][0] {
				t.Errorf("%s, %s: got the trace %q", front, name, asked.Headers["X-Amzn-Trace-Id"])
			}
			want := "127.0.0.1"
			if name == "behind many" {
				want = "192.0.2.1, 192.0.2.2, 192.0.2.3, 127.0.0.1"
			}
			if got := asked.Headers["X-Forwarded-For"]; got != want {
				t.Errorf("%s, %s: got X-Forwarded-For %q, want %q", front, name, got, want)
			}
			for own, value := range map[string]string{"Connection": "upgrade", "Upgrade": "websocket", "content-length": "0"} {
				if got := fmt.Sprint(asked.Headers[own], asked.MultiValueHeaders[own]); got != value+"["+value+"]" && got != value+" ["+value+"]" {
					t.Errorf("%s, %s: %s of the authorizer: got %s", front, name, own, got)
				}
				delete(asked.Headers, own)
				delete(asked.MultiValueHeaders, own)
			}
			if !maps.Equal(asked.Headers, told.Headers) || fmt.Sprint(asked.MultiValueHeaders) != fmt.Sprint(told.MultiValueHeaders) {
				t.Errorf("%s, %s: the authorizer is told\n%v\n%v\nand the integration\n%v\n%v", front, name,
					asked.Headers, asked.MultiValueHeaders, told.Headers, told.MultiValueHeaders)
			}
		}
	}
}
