package conformance

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// verbatim sends a request to the byte and gives all that comes back.
func verbatim(t *testing.T, address, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	must(t, err)
	return spoken(t, c, request)
}

// spoken is verbatim on a connection that is there.
func spoken(t *testing.T, c net.Conn, request string) string {
	t.Helper()
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err := io.WriteString(c, request)
	must(t, err)
	got, err := io.ReadAll(c)
	must(t, err)
	return string(got)
}

// oddLines are lines whose order and spelling a careless gateway loses.
const oddLines = "zebra: 1\r\nx-ODD-case: a\r\nAccept: text/x\r\nX-Two: 1\r\nalpha: \"b\"\r\nx-two: 2\r\nCookie: a=1\r\nuser-agent: me\r\nX-TWO: 3\r\ncookie: b=2\r\nEmpty:\r\n"

// What an HTTP backend reads off its socket is what the client has written, line by
// line, and the gateway's lines behind it. TLS changes none of it, on no request of a
// connection.
func TestHTTPHeadersKeepOrderAndSpelling(t *testing.T) {
	url, requests := tap(t)
	dir, s := t.TempDir(), newSigner(t)
	g := start(t, func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{"*": s.write(t, dir, "server", "h")}
	})
	a := g.webApi()
	a.route("GET /x", a.integrate(proxyTo(url)))
	a.deploy("$default")
	host := a.id + ".execute-api.localhost"
	request := "GET /x HTTP/1.1\r\nX-First: 1\r\nHost: " + host + "\r\n" + oddLines
	verbatim(t, g.DataAddr(), request+"Connection: close\r\n\r\n")
	want := "GET / HTTP/1.1\r\nHost: " + strings.TrimPrefix(url, "http://") + "\r\nX-First: 1\r\n" + strings.Replace(oddLines, "Empty:", "Empty: ", 1) +
		"Forwarded: for=127.0.0.1;host=" + host + ";proto=http\r\nVia: HTTP/1.1 AmazonAPIGateway\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Amzn-Trace-Id: {trace}\r\n\r\n"
	told := func(want string) {
		t.Helper()
		got := regexp.MustCompile(`Root=1-[0-9a-f]{8}-[0-9a-f]{24}`).ReplaceAllString(<-requests, "{trace}")
		if got != want {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	}
	told(want)
	secure, err := tls.Dial("tcp", g.SecureAddr(), &tls.Config{RootCAs: s.pool, ServerName: "h"})
	must(t, err)
	spoken(t, secure, request+"\r\n"+request+"Connection: close\r\n\r\n")
	want = strings.Replace(want, "proto=http", "proto=https", 1)
	told(want)
	told(want)
}

// What a client reads off its socket is what the backend has written, line by line;
// AWS's lines stand before and behind them. Mappings change a line in its place.
func TestHTTPAnswersKeepOrderAndSpelling(t *testing.T) {
	const lines = "x-ZULU: 1\r\nSet-Cookie: a=1\r\nalpha: 2\r\nx-gone: 1\r\nset-cookie: b=2\r\nx-amzn-RequestId: r\r\nServer: s\r\n"
	url, _ := tap(t, "HTTP/1.1 200 OK\r\n"+lines+"Content-Length: 2\r\ncontent-type: text/odd\r\nKeep-Alive: timeout=9\r\nX-last: 1\r\n\r\nok")
	g := start(t)
	a := g.webApi()
	a.route("GET /x", a.integrate(proxyTo(url)))
	in := proxyTo(url)
	in.ResponseParameters = map[string]map[string]string{"200": {"overwrite:header.Alpha": "$response.header.x-gone!", "remove:header.x-gone": "''", "append:header.X-More": "m"}}
	a.route("GET /mapped", a.integrate(in))
	a.deploy("$default")
	const before, behind = "HTTP/1.1 200 OK\r\nDate: {}\r\nContent-Type: text/odd\r\nContent-Length: 2\r\nConnection: close\r\n", "Apigw-Requestid: {}\r\n\r\nok"
	for path, want := range map[string]string{
		"/x":      before + lines + "X-last: 1\r\n" + behind,
		"/mapped": before + strings.NewReplacer("alpha: 2", "Alpha: 1!", "x-gone: 1\r\n", "").Replace(lines) + "X-last: 1\r\nX-More: m\r\n" + behind,
	} {
		got := verbatim(t, g.DataAddr(), "GET "+path+" HTTP/1.1\r\nHost: "+a.id+".execute-api.localhost\r\nConnection: close\r\n\r\n")
		if got = regexp.MustCompile(`(?m)^(Date|Apigw-Requestid): .*\r$`).ReplaceAllString(got, "$1: {}\r"); got != want {
			t.Errorf("%s: got\n%q\nwant\n%q", path, got, want)
		}
	}
}

// Authorizers, functions, mappings and backends of HTTP APIs are told the same of a
// client that wrote X-Forwarded-For in two lines.
func TestHTTPClientsAreToldOfInOneWay(t *testing.T) {
	url, requests := tap(t)
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"guard": says(`{"isAuthorized":true}`), "talk": says(`{}`)})
	for _, front := range []string{"own", "net/http"} {
		g := start(t, f.as, func(c *server.Config) { c.Front = front })
		a := g.webApi()
		guard, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
			IdentitySource: []string{"$request.header.X-Forwarded-For"},
			AuthorizerUri:  aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"),
		})
		must(t, err)
		guarded := func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId = "CUSTOM", guard.AuthorizerId
		}
		in := proxyTo(url)
		in.RequestParameters = map[string]string{"append:header.X-Told": "$request.header.x-forwarded-for;$request.header.X-Forwarded-Proto", "append:header.X-Traced": "$request.header.X-Amzn-Trace-Id"}
		a.route("GET /x", a.integrate(in), guarded)
		a.route("GET /event", a.integrate(invoking("2.0")), guarded)
		a.deploy("$default")
		lines := " HTTP/1.1\r\nHost: " + a.id + ".execute-api.localhost\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\nx-forwarded-for: 203.0.113.9\r\n\r\n"
		const want = "6.6.6.6, 203.0.113.9, 127.0.0.1"
		verbatim(t, g.DataAddr(), "GET /x"+lines)
		sent := <-requests
		var asked events.APIGatewayV2CustomAuthorizerV2Request
		f.last(t, "guard", &asked)
		trace := asked.Headers["x-amzn-trace-id"]
		for _, line := range []string{"X-Told: " + want + ";http", "X-Traced: " + trace, "X-Amzn-Trace-Id: " + trace, "Forwarded: for=6.6.6.6, for=203.0.113.9, for=127.0.0.1;"} {
			if !strings.Contains(sent, "\r\n"+line) {
				t.Errorf("%s: want %s in\n%s", front, line, sent)
			}
		}
		verbatim(t, g.DataAddr(), "GET /event"+lines)
		var e events.APIGatewayV2HTTPRequest
		f.last(t, "talk", &e)
		if got := fmt.Sprint(asked.Headers["x-forwarded-for"], "|", asked.IdentitySource, "|", e.Headers["x-forwarded-for"]); got != want+"|["+want+"]|"+want {
			t.Errorf("%s: got %s", front, got)
		}
	}
}
