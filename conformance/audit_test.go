package conformance

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex // Protects text.
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log so far.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// into makes a gateway log here, everything that it has to say.
func (l *lines) into(c *server.Config) {
	c.Logger = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// audit is a line of the log about a write.
type audit struct {
	Operation, Resource, Exception, Key, Account, Region, From, Request string
	Status                                                              int
}

// writes are the lines about writes so far.
func (l *lines) writes() []audit {
	var found []audit
	for line := range strings.Lines(l.String()) {
		var entry struct {
			Msg string
			audit
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "write" {
			found = append(found, entry.audit)
		}
	}
	return found
}

// Every write leaves one line, refused ones too; reads leave none.
func TestAudit(t *testing.T) {
	t.Parallel()
	var log lines
	g := startAsking(t, log.into)
	reader := func(s *sigv4.Signer) {
		s.Credentials = sigv4.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}
	}
	wrong := func(s *sigv4.Signer) { s.Credentials.SecretAccessKey = "wrong" }
	created := g.craft(crafted{method: "POST", target: "/v2/apis", body: `{"name":"a","protocolType":"HTTP"}`})
	var api struct{ ApiId string }
	must(t, json.Unmarshal([]byte(created.body), &api))
	at := "/v2/apis/" + api.ApiId
	tests := []struct {
		call                     crafted
		who, operation, resource string // resource "" for one that the answer decides
	}{
		{crafted{method: "GET", target: "/v2/apis", status: 200}, "", "", ""},
		{crafted{method: "GET", target: at, signer: wrong, status: 403}, "", "", ""},
		{crafted{method: "POST", target: "/v2/nothing", status: 404}, "", "", ""},
		{crafted{method: "PATCH", target: at, body: `{"name":"b"}`, status: 200}, "AKIDFULL", "UpdateApi", at},
		{crafted{method: "PATCH", target: at, body: `{"name":""}`, status: 400, exception: "BadRequestException"}, "AKIDFULL", "UpdateApi", at},
		{crafted{method: "PATCH", target: at, body: `{"name":`, status: 400, exception: "BadRequestException"}, "AKIDFULL", "UpdateApi", at},
		{crafted{method: "PATCH", target: at, body: `{"name":"c"}`, signer: reader, status: 403, exception: "AccessDeniedException"}, "AKIDREADER", "UpdateApi", at},
		{crafted{method: "DELETE", target: at, signer: wrong, status: 403, exception: "InvalidSignatureException"}, "AKIDFULL", "DeleteApi", at},
		{crafted{method: "DELETE", target: at, unsigned: true, status: 403, exception: "MissingAuthenticationTokenException"}, "", "DeleteApi", at},
		{crafted{method: "POST", target: at + "/routes", body: `{"routeKey":"GET /"}`, signer: func(s *sigv4.Signer) { s.Region = "eu-west-1" }, status: 404, exception: "NotFoundException"}, "AKIDFULL", "CreateRoute", at + "/routes"},
		{crafted{method: "POST", target: at + "/routes", body: `{"routeKey":"GET /"}`, status: 201}, "AKIDFULL", "CreateRoute", ""},
		{crafted{method: "DELETE", target: "/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F" + api.ApiId + "?tagKeys=a", status: 204}, "AKIDFULL", "UntagResource", "/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F" + api.ApiId},
	}
	want := []audit{{Operation: "CreateApi", Resource: "arn:aws:apigateway:us-east-1::/apis/" + api.ApiId, Status: 201, Key: "AKIDFULL",
		Account: "000000000000", Region: "us-east-1", From: "127.0.0.1", Request: created.Header.Get("X-Amzn-Requestid")}}
	for _, test := range tests {
		answer := g.craft(test.call)
		if answer.StatusCode != test.call.status {
			t.Errorf("%s %s: got %d %s, want %d", test.call.method, test.call.target, answer.StatusCode, answer.body, test.call.status)
		}
		if test.operation == "" {
			continue
		}
		entry := audit{Operation: test.operation, Resource: test.resource, Exception: test.call.exception, Key: test.who, Status: test.call.status,
			Account: "000000000000", Region: "us-east-1", From: "127.0.0.1", Request: answer.Header.Get("X-Amzn-Requestid")}
		if test.resource == "" {
			var route struct{ RouteId string }
			must(t, json.Unmarshal([]byte(answer.body), &route))
			entry.Resource = at + "/routes/" + route.RouteId
		}
		switch {
		case test.call.exception == "NotFoundException":
			entry.Region = "eu-west-1"
		case strings.HasSuffix(test.call.exception, "SignatureException"), strings.HasSuffix(test.call.exception, "TokenException"):
			entry.Account, entry.Region = "", ""
		}
		want = append(want, entry)
	}
	got := log.writes()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("line %d:\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d lines, want %d", len(got), len(want))
	}
}

// Nothing that was ever secret is found in what a gateway logs about a day with
// good and bad signatures on all of its endpoints.
func TestSecretsAreNeverLogged(t *testing.T) {
	t.Parallel()
	var log lines
	access := filepath.Join(t.TempDir(), "access")
	g := startAsking(t, log.into, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"*": access} })
	session := aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: sessionSecret, SessionToken: sessionToken}
	broken := aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: "Sesame-wrong", SessionToken: sessionToken}
	strange := aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: sessionSecret, SessionToken: "Sesame-strange"}

	a, _, id := connected(t, g)
	for _, keys := range []aws.Credentials{session, broken, strange, full} {
		sdk := g.as(keys, "us-east-1")
		_, _ = sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("n"), ProtocolType: types.ProtocolTypeHttp})
		_, _ = sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
		a.signedCall(keys, "us-east-1", "POST", "/@connections/"+id, "x")
		a.signedCall(keys, "us-east-1", "DELETE", "/@connections/nobody", "")
	}
	_, err := g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{
		ApiId: &a.id, RouteKey: aws.String("$connect"), AuthorizationType: types.AuthorizationTypeAwsIam, Target: aws.String("integrations/" + a.integration),
	})
	must(t, err)
	const format = "$context.requestId $context.authorizer.error $context.error.message $context.error.messageString $context.integrationErrorMessage"
	settings := &types.AccessLogSettings{DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:all"), Format: aws.String(format)}
	_, err = g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), AccessLogSettings: settings})
	must(t, err)
	a.deploy()
	web := g.webApi()
	web.route("GET /", web.integrate(proxyTo("http://127.0.0.1:1")), func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType = types.AuthorizationTypeAwsIam })
	web.deploy("prod", func(in *apigatewayv2.CreateStageInput) { in.AccessLogSettings = settings })
	for _, secret := range []string{sessionSecret, "Sesame-wrong"} {
		signer := sigv4.Signer{Region: "us-east-1", Service: "execute-api",
			Credentials: sigv4.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: credential.Secret(secret), SessionToken: sessionToken}}
		visit := web.request("GET", "/prod/", "")
		must(t, signer.Sign(visit, sigv4.EmptyPayload, time.Now()))
		if got := web.do(visit); got.StatusCode != map[bool]int{true: 503, false: 403}[secret == sessionSecret] {
			t.Errorf("AWS_IAM: got %d %s", got.StatusCode, got.body)
		}
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+a.DataAddr()+a.path(), nil)
		must(t, err)
		presign(t, signer, r, sigv4.EmptyPayload, time.Minute, time.Now())
		conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(r.URL.String(), "http"), nil)
		if (err == nil) != (secret == sessionSecret) {
			t.Errorf("handshake: got %v", err)
		}
		if err == nil {
			_ = conn.CloseNow()
		}
	}
	for _, presign := range []time.Duration{0, time.Minute} {
		for _, token := range []credential.Secret{sessionToken, "Sesame-strange"} {
			g.craft(crafted{method: "DELETE", target: "/v2/apis/nothere", presign: presign, signer: func(s *sigv4.Signer) {
				s.Credentials = sigv4.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: sessionSecret, SessionToken: token}
			}})
		}
	}
	g.stop()
	visits, err := os.ReadFile(access)
	must(t, err)
	if n := strings.Count(string(visits), "\n"); n != 4 || !strings.Contains(string(visits), "does not match") {
		t.Errorf("got %d access lines, want one for each visit:\n%s", n, visits)
	}
	text := log.String() + string(visits)
	for _, secret := range []string{"Sesame", url.QueryEscape(sessionToken), "Signature=", "X-Amz-Security-Token"} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("the log tells %q: …%s…", secret, text[max(0, at-200):min(len(text), at+100)])
		}
	}
	if len(log.writes()) < 10 {
		t.Errorf("got %d lines of writes, the log is not what was searched:\n%s", len(log.writes()), text)
	}
}
