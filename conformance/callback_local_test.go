package conformance

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// caller is a gateway whose one function calls it back.
type caller struct {
	*socketApi
	p     *process
	roots *x509.CertPool
}

// startCaller runs the handler in testdata/callback with its own folder of
// configuration, and without any credentials of the machine's user.
func startCaller(t *testing.T, kind string, arguments ...string) *caller {
	t.Helper()
	withoutKeys(t)
	return callerAs(t, kind, arguments...)
}

// withoutKeys makes the machine one of a user who has set up nothing.
func withoutKeys(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for name, value := range map[string]string{
		"XDG_CONFIG_HOME": filepath.Join(home, "config"), "AWS_CONFIG_FILE": filepath.Join(home, "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "none"),
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

func callerAs(t *testing.T, kind string, arguments ...string) *caller {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("testdata/callback/"+kind)))
	if modules := os.Getenv("DRAGOMAN_NODE_MODULES"); kind == "node" && modules != "" {
		must(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
	}
	p, err := run(t, binary(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--function", "talk=" + dir}, arguments...)...))
	must(t, err)
	g := p.gateway(t)
	if slices.Contains(arguments, "--auth") {
		g.sdk = g.as(full, "us-east-1")
	}
	c := &caller{p: p, socketApi: g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkArn)}, none)}
	c.with("call", false)
	if folder := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "dragoman"); slices.Contains(arguments, "--dev-tls") {
		a, err := authority.Open(folder)
		must(t, err)
		c.roots = x509.NewCertPool()
		c.roots.AppendCertsFromPEM(a.PEM())
	}
	return c
}

// from connects a client that calls the gateway by a host, whose API the path names
// unless the host does.
func (c *caller) from(host string) *websocket.Conn {
	c.t.Helper()
	path := c.path()
	if strings.HasPrefix(host, c.id+".") {
		path = "/prod"
	}
	conn, _, err := websocket.Dial(c.t.Context(), "ws://"+c.DataAddr()+path, &websocket.DialOptions{Host: host})
	must(c.t, err)
	c.t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

func (c *caller) asks(conn *websocket.Conn, message string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	must(c.t, conn.Write(ctx, websocket.MessageText, []byte(`{"action":"call","port":"`+port(c.DataAddr())+`",`+message+`}`)))
	_, frame, err := conn.Read(ctx)
	if err != nil || strings.Contains(string(frame), "Internal server error") {
		c.t.Fatalf("%s: %v %s\n%s", message, err, frame, c.p.log)
	}
	return string(frame)
}

// ways are those in which handlers call by HTTP.
func ways(t *testing.T, kind string) []string {
	t.Helper()
	if kind == "python" {
		python := needs.Python(t, "boto3, requests")
		all := []string{"boto3", "urllib3", "requests", "http.client", "asyncio", "certifi"}
		for _, more := range []string{"aiohttp", "httpx"} {
			if exec.Command(python, "-c", "import "+more).Run() == nil {
				all = append(all, more)
			}
		}
		return all
	}
	needs.Program(t, "node")
	if os.Getenv("DRAGOMAN_NODE_MODULES") == "" {
		return []string{"raw", "fetch"}
	}
	return []string{"sdk", "raw", "fetch"}
}

// A handler reaches its client at https://domainName/stage, whatever the client has
// called the gateway: by the address, by a name under localhost, by the name that the
// API has at AWS, by one that is known inside of a network alone.
func TestHandlersCallBackByDomainName(t *testing.T) {
	for _, kind := range []string{"node", "python"} {
		t.Run(kind, func(t *testing.T) {
			all := ways(t, kind)
			c := startCaller(t, kind, "--dev-tls")
			own := port(c.DataAddr())
			for _, host := range []string{
				"127.0.0.1:" + own, "localhost:" + own, c.id + ".execute-api.localhost:" + own, c.id + ".execute-api.localhost:9000", "gateway:9000", "localhost:9000",
				c.id + ".execute-api.us-east-1.amazonaws.com", "10.9.8.7:9000", "[::1]:9000",
			} {
				conn := c.from(host)
				for _, how := range all {
					for _, scheme := range []string{"https", "http"} {
						if strings.HasPrefix(host, "[") && slices.Contains([]string{"raw", "http.client", "asyncio"}, how) {
							continue // these handlers split the name at its first colon
						}
						if got, want := c.asks(conn, fmt.Sprintf(`"how":%q,"scheme":%q`, how, scheme)), how+" by "+host; got != want {
							t.Errorf("%s by %s to %s: got %s", how, scheme, host, got)
						}
					}
				}
			}
			if kind == "node" {
				if got := c.asks(c.from("gateway:9000"), `"how":"http2","scheme":"https"`); got != "http2 by gateway:9000" {
					t.Errorf("by HTTP/2: got %s", got)
				}
			}
		})
	}
}

func TestHandlersCallBackByAGivenName(t *testing.T) {
	for _, kind := range []string{"node", "python"} {
		t.Run(kind, func(t *testing.T) {
			how := ways(t, kind)[0]
			c := startCaller(t, kind, "--dev-tls", "--domain-name", "{apiId}.gateway.test:9000")
			if got, want := c.asks(c.from("127.0.0.1:1"), `"how":"`+how+`","scheme":"https"`), how+" by "+c.id+".gateway.test:9000"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// speaker is a server that speaks first, as databases do, and answers HTTP too.
func speaker(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				_, _ = io.WriteString(conn, "the database")
				_, _ = conn.Read(make([]byte, 100))
			}()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// A name that a client has made up turns nothing towards the gateway but calls of that
// name during that very invocation, and not even those where the function means
// somebody else by it.
func TestMadeUpNamesTurnNothing(t *testing.T) {
	database := speaker(t)
	web, _ := strings.CutPrefix(backend(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "the service") }), "http://")
	service := port(web)
	for _, kind := range []string{"node", "python"} {
		t.Run(kind, func(t *testing.T) {
			ways(t, kind)
			t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:"+service)
			c := startCaller(t, kind)
			greeted := func(host string) string { return fmt.Sprintf(`"greeted":[%q,%q]`, host, database) }
			seen := func(host string) string { return fmt.Sprintf(`"seen":[%q,%q]`, host, service) }
			calm := c.from("127.0.0.1:" + port(c.DataAddr()))
			for _, name := range []string{"localhost", "127.0.0.1", "db.localhost"} {
				hostile := c.from(name + ":" + database)
				if got := c.asks(calm, greeted(name)); got != "greeted the database" {
					t.Errorf("%s: got %s by another client", name, got)
				}
				// During its own invocation the name is the gateway, which does not speak first.
				if got := c.asks(hostile, greeted(name)); !strings.HasPrefix(got, "failed: ") {
					t.Errorf("%s: got %s", name, got)
				}
				if got := c.asks(calm, greeted(name)); got != "greeted the database" {
					t.Errorf("%s: got %s by another client, after the call", name, got)
				}
			}
			for name, port := range map[string]string{"169.254.169.254": "80", "dynamodb.us-east-1.amazonaws.com": "80"} {
				// Even during its own invocation: what answers there, if anything does, is not the gateway.
				if got := c.asks(c.from(name), fmt.Sprintf(`"seen":[%q,%q]`, name, port)); strings.Contains(got, "Forbidden") {
					t.Errorf("%s: got %s", name, got)
				}
			}
			for _, name := range []string{"localhost", "kept.localhost"} { // connections are kept
				hostile := c.from(name + ":" + service)
				for range 2 {
					if got := c.asks(hostile, seen(name)); !strings.HasPrefix(got, "seen ") {
						t.Errorf("%s: got %s", name, got)
					}
					if got := c.asks(calm, seen(name)); got != "seen the service" {
						t.Errorf("%s: got %s over a connection that was kept", name, got)
					}
				}
			}
		})
	}
}

// The data listener may have an address of IPv6 alone, and connections to it by its
// own names are kept over invocations.
func TestHandlersCallBackByIPv6(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		needs.Missing(t, "IPv6", err.Error())
	} else {
		l.Close()
	}
	for _, kind := range []string{"node", "python"} {
		t.Run(kind, func(t *testing.T) {
			all := ways(t, kind)
			c := startCaller(t, kind, "--dev-tls", "--listen", "[::1]:0")
			own := port(c.DataAddr())
			for _, host := range []string{"localhost:" + own, c.id + ".execute-api.localhost:" + own, "gateway:9000"} {
				conn := c.from(host)
				for _, how := range all {
					if got, want := c.asks(conn, fmt.Sprintf(`"how":%q,"scheme":"https"`, how)), how+" by "+host; got != want {
						t.Errorf("%s to %s: got %s", how, host, got)
					}
				}
			}
		})
	}
}

// A bootstrap of any kind believes the certificate, and signs with what it has.
func TestABootstrapCallsBack(t *testing.T) {
	python := needs.Python(t, "boto3")
	withoutKeys(t)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "bootstrap"), []byte("#!"+python+`
import json, os, urllib.request
import boto3
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as next:
        at, id = json.load(next)["requestContext"], next.headers["Lambda-Runtime-Aws-Request-Id"]
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{at['domainName']}/{at['stage']}")
    client.post_to_connection(ConnectionId=at["connectionId"], Data="by " + at["domainName"])
    urllib.request.urlopen(api + id + "/response", data=b'{"statusCode":200}').close()
`), 0o755))
	p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--dev-tls", "--function", "talk="+dir))
	must(t, err)
	c := &caller{p: p, socketApi: p.gateway(t).socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkArn)}, none)}
	c.with("call", false)
	own := port(c.DataAddr())
	for _, host := range []string{"127.0.0.1:" + own, "localhost:" + own} {
		if got := c.asks(c.from(host), `"how":"boto3"`); got != "by "+host {
			t.Errorf("by %s: got %s", host, got)
		}
	}
}
