package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// Headers of a handshake reach the authorizer and the function of $connect as the
// client spelled them, whichever server speaks HTTP/1.1 on the data listener.
func TestHeadersKeepTheirSpelling(t *testing.T) {
	for _, front := range []string{"own", "net/http"} {
		t.Run(front, func(t *testing.T) {
			f := lambda(t, nil)
			f.answer = func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
				all := f.payloads()
				if strings.Contains(all[len(all)-1], `"type":"REQUEST"`) {
					return `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`, false
				}
				return fmt.Sprintf(`{"statusCode":200,"body":%q}`, e.Headers["x-token"]), false
			}
			a := start(t, f.as, func(c *server.Config) { c.Front = front }).socketApi(proxy(), none)
			authorizer, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
				ApiId: &a.id, Name: aws.String("who"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
				IdentitySource: []string{"route.request.header.X-Token"},
			})
			must(t, err)
			_, err = a.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{
				ApiId: &a.id, RouteKey: aws.String("$connect"), Target: aws.String("integrations/" + a.integration),
				AuthorizationType: types.AuthorizationTypeCustom, AuthorizerId: authorizer.AuthorizerId,
			})
			must(t, err)
			a.deploy()
			a.dial(&websocket.DialOptions{HTTPHeader: http.Header{"x-token": {"t1"}, "X-UPPER": {"u"}}})
			seen := f.payloads()
			if len(seen) != 2 {
				t.Fatalf("functions were called %d times, want the authorizer and $connect", len(seen))
			}
			for i, name := range []string{"the authorizer", "$connect"} {
				for _, want := range []string{`"x-token":"t1"`, `"X-UPPER":"u"`, `"X-Forwarded-For":"127.0.0.1"`, `"X-Forwarded-Proto":"http"`, `"X-Forwarded-Port":"` + port(a.DataAddr()) + `"`} {
					if !strings.Contains(seen[i], want) {
						t.Errorf("%s: want %s in %s", name, want, seen[i])
					}
				}
			}
		})
	}
}
