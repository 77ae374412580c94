package conformance

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/dragomantest"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
)

// gateway is a running server with an SDK client that points at it.
type gateway struct {
	faces
	sdk *apigatewayv2.Client
	t   *testing.T

	stop func()
}

// faces are where a gateway is reached, in this process or in one of its own.
type faces interface {
	DataAddr() string
	ManagementAddr() string
	SecureAddr() string
	Reopen()
}

// start runs a gateway on free ports until the test ends: one process, or nodes behind a round
// robin, which journeys cannot tell apart.
func start(t *testing.T, change ...func(*server.Config)) *gateway {
	t.Helper()
	if behindRobin {
		return startRobin(t, change...)
	}
	g := dragomantest.Start(t, change...)
	return &gateway{g, sdkFor(g.Management), t, g.Stop}
}

func sdkFor(endpoint string) *apigatewayv2.Client {
	return apigatewayv2.New(apigatewayv2.Options{
		BaseEndpoint: aws.String(endpoint),
		Region:       "us-east-1",
		Retryer:      attempts(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	})
}

// socketApi is a WebSocket API with one two-way route, deployed to stage prod.
type socketApi struct {
	*gateway
	id, integration, route, response string
}

// socketApi makes an API whose route "ask" goes to the integration that spec
// describes and answers through the integration response $default.
func (g *gateway) socketApi(spec apigatewayv2.CreateIntegrationInput, reply apigatewayv2.CreateIntegrationResponseInput) *socketApi {
	g.t.Helper()
	ctx := g.t.Context()
	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: aws.String("test"), ProtocolType: types.ProtocolTypeWebsocket,
		RouteSelectionExpression: aws.String("$request.body.action"),
	})
	must(g.t, err)
	spec.ApiId = api.ApiId
	integration, err := g.sdk.CreateIntegration(ctx, &spec)
	must(g.t, err)
	a := &socketApi{gateway: g, id: *api.ApiId, integration: *integration.IntegrationId}
	if reply.IntegrationResponseKey != nil {
		reply.ApiId, reply.IntegrationId = api.ApiId, integration.IntegrationId
		created, err := g.sdk.CreateIntegrationResponse(ctx, &reply)
		must(g.t, err)
		a.response = *created.IntegrationResponseId
	}
	a.route = a.addRoute("ask", true)
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("prod")})
	must(g.t, err)
	a.deploy()
	return a
}

// addRoute points a route at the API's integration, two-way or not.
func (a *socketApi) addRoute(key string, twoWay bool) string {
	a.t.Helper()
	route, err := a.sdk.CreateRoute(a.t.Context(), &apigatewayv2.CreateRouteInput{
		ApiId: &a.id, RouteKey: &key, Target: aws.String("integrations/" + a.integration),
	})
	must(a.t, err)
	if twoWay {
		_, err = a.sdk.CreateRouteResponse(a.t.Context(), &apigatewayv2.CreateRouteResponseInput{
			ApiId: &a.id, RouteId: route.RouteId, RouteResponseKey: aws.String("$default"),
		})
		must(a.t, err)
	}
	return *route.RouteId
}

func (a *socketApi) deploy() {
	a.t.Helper()
	_, err := a.sdk.CreateDeployment(a.t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &a.id, StageName: aws.String("prod")})
	must(a.t, err)
}

// path is where the stage answers on the data listener.
func (a *socketApi) path() string { return "/_aws/execute-api/" + a.id + "/prod" }

// dial connects a WebSocket client; the socket is closed when the test ends.
func (a *socketApi) dial(options *websocket.DialOptions) *websocket.Conn {
	a.t.Helper()
	conn, _, err := websocket.Dial(a.t.Context(), "ws://"+a.DataAddr()+a.path(), options)
	must(a.t, err)
	a.t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// ask sends a message and answers the frame that comes back.
func (a *socketApi) ask(conn *websocket.Conn, message string) string {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 10*time.Second)
	defer cancel()
	must(a.t, conn.Write(ctx, websocket.MessageText, []byte(message)))
	_, frame, err := conn.Read(ctx)
	must(a.t, err)
	return string(frame)
}

// backend serves a handler on loopback until the test ends.
func backend(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := newLoopback(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tool finds a program, or ends the test.
func tool(t *testing.T, name string, probe ...string) string {
	t.Helper()
	return needs.Program(t, name, probe...)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: it did not come about within 10 s", what)
}
