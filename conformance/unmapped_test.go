package conformance

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

// A function that was mapped nowhere, on a machine where nothing else is configured
// and whose metadata service never answers, fails at once, and the log says what
// could be given: for HTTP and WebSocket APIs, authorizers and services. No line is
// in another form than the log's own.
func TestUnmappedFunctionsFailAtOnce(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	must(t, err)
	t.Cleanup(func() { silent.Close() })
	cmd := binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "")
	cmd.Env = []string{asMain + "=1", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://" + silent.Addr().String()}
	p, err := run(t, cmd)
	must(t, err)
	g := p.gateway(t)
	const hello = "arn:aws:lambda:us-east-1:000000000000:function:hello"

	web := g.webApi()
	web.route("GET /function", web.integrate(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy,
		IntegrationUri: aws.String(hello), PayloadFormatVersion: aws.String("2.0")}))
	authorizer, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{ApiId: &web.id, Name: aws.String("who"), AuthorizerType: types.AuthorizerTypeRequest,
		IdentitySource: []string{}, AuthorizerUri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + hello + "/invocations"), AuthorizerPayloadFormatVersion: aws.String("2.0")})
	must(t, err)
	web.route("GET /authorizer", web.integrate(proxyTo("http://127.0.0.1:1")), func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = types.AuthorizationTypeCustom, authorizer.AuthorizerId
	})
	web.route("GET /service", web.integrate(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationSubtype: aws.String("SQS-SendMessage"),
		CredentialsArn: aws.String("arn:aws:iam::000000000000:role/r"), PayloadFormatVersion: aws.String("1.0"),
		RequestParameters: map[string]string{"QueueUrl": "https://sqs.us-east-1.amazonaws.com/0/q", "MessageBody": "x"}}))
	web.deploy("$default")
	socket := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(
		"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + hello + "/invocations"), IntegrationMethod: aws.String("POST")}, apigatewayv2.CreateIntegrationResponseInput{})
	conn := socket.dial(nil)

	const function = "no --function hello, no AWS_ENDPOINT_URL_LAMBDA, no credentials"
	for _, row := range []struct {
		name string
		call func()
		says string
	}{
		{"an HTTP API", func() {
			if got := web.call("GET", "/function", ""); got.StatusCode != 500 {
				t.Errorf("got %d %s", got.StatusCode, got.body)
			}
		}, function},
		{"an authorizer", func() {
			if got := web.call("GET", "/authorizer", ""); got.StatusCode != 500 {
				t.Errorf("got %d %s", got.StatusCode, got.body)
			}
		}, function},
		{"a service", func() {
			if got := web.call("GET", "/service", ""); got.StatusCode != 500 {
				t.Errorf("got %d %s", got.StatusCode, got.body)
			}
		}, "no AWS_ENDPOINT_URL_SQS, no credentials"},
		{"a WebSocket API", func() {
			if got := socket.ask(conn, `{"action":"ask"}`); kind(got) != "Internal server error" {
				t.Errorf("got %s", got)
			}
		}, function},
	} {
		before, quickest := strings.Count(p.log.String(), row.says), time.Hour
		for range 5 {
			began := time.Now()
			row.call()
			quickest = min(quickest, time.Since(began))
		}
		if quickest > 50*time.Millisecond {
			t.Errorf("%s: the quickest of five took %v", row.name, quickest)
		}
		eventually(t, row.name+": the log says why", func() bool { return strings.Count(p.log.String(), row.says) > before })
	}
	must(t, conn.Close(websocket.StatusNormalClosure, ""))
	g.stop()
	told := 0 // lines for people, of which there is one, where the gateway is
	for line := range strings.Lines(p.log.String()) {
		switch {
		case strings.HasPrefix(line, "dragoman: management on "):
			told++
		case !strings.HasPrefix(line, "time="):
			t.Errorf("a line of another form: %s", line)
		}
	}
	if told != 1 {
		t.Errorf("%d lines for people, want 1", told)
	}
}
