package conformance

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// tap is a backend that keeps every request to the byte, and answers 200 or what it
// is given, to the byte.
func tap(t *testing.T, answer ...string) (url string, requests <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	seen := make(chan string, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go tapped(c, seen, strings.Join(answer, ""))
		}
	}()
	return "http://" + l.Addr().String(), seen
}

func tapped(c net.Conn, seen chan<- string, answer string) {
	defer c.Close()
	if answer == "" {
		answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	}
	var raw bytes.Buffer
	from := bufio.NewReader(io.TeeReader(c, &raw))
	for {
		r, err := http.ReadRequest(from)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		seen <- raw.String()
		raw.Reset()
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}

// plainly sorts the header of a request and blanks what differs each time.
func plainly(request string, blank map[string]string) string {
	head, body, _ := strings.Cut(request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	slices.SortFunc(lines[1:], func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	out := strings.Join(lines, "\n") + "\n\n" + body
	for from, to := range blank {
		out = strings.ReplaceAll(out, from, to)
	}
	out = regexp.MustCompile(`Root=1-[0-9a-f]{8}-[0-9a-f]{24}`).ReplaceAllString(out, "{trace}")
	return regexp.MustCompile(`Sec-Websocket-Key: \S+`).ReplaceAllString(out, "Sec-Websocket-Key: {key}")
}

// What an HTTP backend reads off its socket in the life of one client, byte for
// byte but for the order of headers. This client spells Sec-Websocket-Key so.
func TestHTTPProxyOnTheWire(t *testing.T) {
	url, requests := tap(t)
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(url + "/talk"),
	}, none).with("$connect", false).with("$disconnect", false)
	blank := map[string]string{strings.TrimPrefix(url, "http://"): "{backend}", a.id: "{api}", port(a.DataAddr()): "{port}"}
	conn := a.dial(&websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {"a=b"}}, CompressionMode: websocket.CompressionContextTakeover})
	if got := a.ask(conn, `{"action":"ask","é":1}`); got != "ok" {
		t.Errorf("frame: got %s", got)
	}
	must(t, conn.Close(websocket.StatusNormalClosure, ""))
	for _, row := range []struct{ name, want string }{
		{"$connect", `POST /talk HTTP/1.1
Accept-Encoding: gzip
Content-Length: 0
Cookie: a=b
Host: {backend}
Sec-Websocket-Extensions: permessage-deflate
Sec-Websocket-Key: {key}
Sec-Websocket-Version: 13
User-Agent: Go-http-client/1.1
x-amzn-apigateway-api-id: {api}
X-Amzn-Trace-Id: {trace}
X-Forwarded-For: 127.0.0.1, 127.0.0.1
X-Forwarded-Port: {port}
X-Forwarded-Proto: http, http

`},
		{"message", `POST /talk HTTP/1.1
Content-Length: 23
Content-Type: application/json; charset=UTF-8
Host: {backend}
User-Agent: AmazonAPIGateway_{api}
x-amzn-apigateway-api-id: {api}
X-Forwarded-For: 127.0.0.1
X-Forwarded-Proto: http

{"action":"ask","é":1}`},
		{"$disconnect", `POST /talk HTTP/1.1
Content-Length: 0
Host: {backend}
User-Agent: AmazonAPIGateway_{api}
x-amzn-apigateway-api-id: {api}
x-api-key: ` + `
X-Forwarded-For: , 127.0.0.1
X-Forwarded-Proto: http
x-restapi: ` + `

`},
	} {
		select {
		case request := <-requests:
			if got := plainly(request, blank); got != row.want {
				t.Errorf("%s:\n got %s\nwant %s", row.name, got, row.want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: the backend was not called", row.name)
		}
	}
}

// Without a proxy the backend gets the template's output and none of the client's
// headers.
func TestHTTPOnTheWire(t *testing.T) {
	url, requests := tap(t)
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("PUT"), IntegrationUri: aws.String(url + "/talk?fixed=1"),
		RequestTemplates:  map[string]string{"application/json": `{"said":$input.json('$.said')}`},
		RequestParameters: map[string]string{"integration.request.querystring.id": "context.routeKey", "integration.request.header.X-Said": "route.request.body.said"},
	}, mockReply("$input.body, $input.body"))
	conn := a.dial(&websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {"a=b"}}})
	if got := a.ask(conn, `{"action":"ask","said":"so"}`); got != "ok, ok" {
		t.Errorf("frame: got %s", got)
	}
	want := `PUT /talk?fixed=1&id=ask HTTP/1.1
Accept: application/json
Content-Length: 13
Content-Type: application/json
Host: {backend}
User-Agent: AmazonAPIGateway_{api}
x-amzn-apigateway-api-id: {api}
X-Amzn-Trace-Id: {trace}
X-Forwarded-For: 127.0.0.1
X-Forwarded-Proto: http
X-Said: so

{"said":"so"}`
	if got := plainly(<-requests, map[string]string{strings.TrimPrefix(url, "http://"): "{backend}", a.id: "{api}"}); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Binary passes a WebSocket API as base64: the client sends text, the backend gets
// and answers bytes, the client reads text.
func TestBinaryThroughBase64(t *testing.T) {
	picture := []byte{0x89, 'P', 'N', 'G', 0xff, 0x00, 0x0a}
	target := backend(t, func(w http.ResponseWriter, r *http.Request) {
		got, _ := io.ReadAll(r.Body)
		if !bytes.Equal(got, picture) {
			http.Error(w, fmt.Sprintf("got % x", got), http.StatusBadRequest)
			return
		}
		_, _ = w.Write(append(picture, 0xfe))
	})
	reply := apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("$default"), ContentHandlingStrategy: types.ContentHandlingStrategyConvertToText,
	}
	g := start(t)
	a := g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(target),
		ContentHandlingStrategy: types.ContentHandlingStrategyConvertToBinary,
	}, reply)
	// Messages that are no JSON belong to $default.
	a.with("$default", true)
	conn := a.dial(nil)
	const sent, back = "iVBOR/8ACg==", "iVBOR/8ACv4="
	if got := a.ask(conn, sent); got != back {
		t.Errorf("as text: got %q, want %q", got, back)
	}
	a.update(apigatewayv2.UpdateIntegrationResponseInput{ResponseTemplates: map[string]string{"$default": `{"picture":"$input.body"}`}})
	if got := a.ask(conn, sent); got != `{"picture":"`+back+`"}` {
		t.Errorf("as text in a template: got %q", got)
	}
	if got := errorFrame(t, a.ask(conn, "no base64!")); got != "Internal server error" {
		t.Errorf("what is no base64: got %q", got)
	}
}

// A client whose --in-flight messages are with a backend is not read; others are.
func TestInFlight(t *testing.T) {
	entered, release := make(chan string, 16), make(chan struct{})
	target := backend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		entered <- string(body)
		<-release
		_, _ = w.Write(body)
	})
	config := func(c *server.Config) { c.InFlight = 2 }
	a := start(t, config).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(target),
	}, none)
	first, second := a.dial(nil), a.dial(nil)
	send := func(conn *websocket.Conn, message string) {
		must(t, conn.Write(t.Context(), websocket.MessageText, []byte(message)))
	}
	for i := range 4 {
		send(first, fmt.Sprintf(`{"action":"ask","first":%d}`, i))
	}
	send(second, `{"action":"ask","second":0}`)
	under := []string{<-entered, <-entered, <-entered}
	slices.Sort(under)
	if want := []string{`{"action":"ask","first":0}`, `{"action":"ask","first":1}`, `{"action":"ask","second":0}`}; !slices.Equal(under, want) {
		t.Errorf("side by side: got %v, want %v", under, want)
	}
	if len(entered) > 0 {
		t.Errorf("a third message of one client is under way: %s", <-entered)
	}
	close(release)
	replies := map[string]bool{}
	for range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, frame, err := first.Read(ctx)
		cancel()
		must(t, err)
		replies[string(frame)] = true
	}
	if len(replies) != 4 {
		t.Errorf("replies: got %v, want one for each message", replies)
	}
}
