package conformance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// TestPathsOfSocketIntegrations: what a message or a handshake says is put into the
// path of the backend, and dot segments do not come of it.
func TestPathsOfSocketIntegrations(t *testing.T) {
	for _, allow := range []bool{false, true} {
		requests := make(chan string, 1)
		at := backend(t, func(w http.ResponseWriter, r *http.Request) {
			requests <- r.RequestURI
			_, _ = io.WriteString(w, "{}")
		})
		asked := func() string {
			select {
			case target := <-requests:
				return target
			default:
				return ""
			}
		}
		g := start(t, func(c *server.Config) { c.AllowDotSegments = allow })
		a := g.socketApi(apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("GET"), IntegrationUri: aws.String(at + "/public/{name}/x"),
			RequestParameters: map[string]string{"integration.request.path.name": "route.request.body.name"},
		}, apigatewayv2.CreateIntegrationResponseInput{
			IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"application/json": `{"fine":true}`},
		})
		conn := a.dial(nil)
		for _, name := range []string{"..", ".", "..;x", "../private", "%2e%2e", "%252e%252e", `..\\private`, "a/../b", ".%2e"} {
			frame := a.ask(conn, `{"action":"ask","name":"`+name+`"}`)
			target := asked()
			if refused := strings.Contains(frame, `"Bad Request"`); refused == allow || refused != (target == "") {
				t.Errorf("%s, dots allowed %v: got %s, the backend was asked for %q", name, allow, frame, target)
			}
		}
		frame := a.ask(conn, `{"action":"ask","name":"a..b/c"}`)
		if target := asked(); frame != `{"fine":true}` || target != "/public/a..b%2Fc/x" {
			t.Errorf("a name: got %s, the backend was asked for %q", frame, target)
		}
	}
}

// TestPathsOfHandshakes: a handshake by a path with dot segments, and one whose
// query makes some, are answered 400.
func TestPathsOfHandshakes(t *testing.T) {
	at := backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	for _, front := range []string{"own", "net/http"} {
		g := start(t, func(c *server.Config) { c.Front = front })
		a := g.socketApi(apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("GET"), IntegrationUri: aws.String(at + "/public/{name}"),
			RequestParameters: map[string]string{"integration.request.path.name": "route.request.querystring.name"},
		}, apigatewayv2.CreateIntegrationResponseInput{})
		a.addRoute("$connect", false)
		a.deploy()
		for sent, want := range map[string]int{
			"?name=x": 101, "?name=..": 400, "?name=%2e%2e%2fx": 400, "?name=%252e%252e": 400,
			"/../prod?name=x": 400, "/%2e?name=x": 400, "/..;x?name=x": 400,
		} {
			if got := handshake(t, g.DataAddr(), a.path()+sent); got != want {
				t.Errorf("%s: %s: got %d, want %d", front, sent, got, want)
			}
		}
	}
}

// handshake asks for a WebSocket by a target that no client would write, and
// answers the status.
func handshake(t *testing.T, at, target string) int {
	t.Helper()
	c, err := net.DialTimeout("tcp", at, 10*time.Second)
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", target)
	must(t, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(t, err)
	_ = response.Body.Close()
	return response.StatusCode
}

// A handshake with a body is none: what a proxy has let through as a body would be read as frames of
// the client. The connection goes on behind the body.
func TestHandshakesWithABody(t *testing.T) {
	const handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for _, front := range []string{"own", "net/http"} {
		a := start(t, func(c *server.Config) { c.Front = front }).socketApi(mock(), mockReply("hello"))
		c, err := net.DialTimeout("tcp", a.DataAddr(), 10*time.Second)
		must(t, err)
		defer c.Close()
		must(t, c.SetDeadline(time.Now().Add(30*time.Second)))
		r := bufio.NewReader(c)
		for _, row := range []struct {
			lines string
			want  int
		}{
			{handshake + "Content-Length: 7\r\n\r\n\x81\x81\x00\x00\x00\x00x", 400},
			{"\r\n", 426}, // no handshake: what is behind a body is read from its beginning
			{handshake + "Transfer-Encoding: chunked\r\n\r\n7\r\n\x81\x81\x00\x00\x00\x00x\r\n0\r\n\r\n", 400},
			{handshake + "Content-Length: 0\r\n\r\n", 101},
		} {
			_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: gateway\r\n%s", a.path(), row.lines)
			must(t, err)
			response, err := http.ReadResponse(r, nil)
			must(t, err)
			if _, err = io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != row.want {
				t.Errorf("%s: %q: got %s (%v), want %d", front, row.lines, response.Status, err, row.want)
			}
		}
	}
}
