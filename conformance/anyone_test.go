package conformance

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// anyone is a gateway for whoever reaches it.
func anyone(c *server.Config) {
	c.Auth, c.Listen, c.Management = "none", "0.0.0.0:0", "0.0.0.0:0"
	c.Peers.ManagementNames = []string{"gateway.example.com"}
}

// With --auth none whoever reaches the listeners may call, by names that no site elsewhere
// can have; pages of other sites and proxies may not.
func TestAnyoneManages(t *testing.T) {
	t.Parallel()
	var log lines
	g := start(t, log.into, anyone)
	own := port(g.ManagementAddr())
	for host, ok := range map[string]bool{
		"localhost": true, "localhost:18081": true, "a.localhost": true, "127.0.0.1:" + own: true, "[::1]": true,
		"192.168.1.7:18081": true, "10.1.2.3": true, "203.0.113.9:8081": true, "[fd00::2]:8081": true, "0.0.0.0:8081": true,
		"gateway": true, "Gateway:8081": true, "api_gateway:8081": true, "3f2a9c0d1e2b:8081": true, "gateway.": true,
		"gateway.example.com": true, "GATEWAY.example.com.:81": true,

		"evil.example": false, "evil.example:" + own: false, "127.0.0.1.nip.io": false, "a.gateway.example.com": false, "gateway.local": false,
		"localhost.evil.example": false, "127.1": false,
	} {
		want := map[bool]int{true: 201, false: 403}[ok]
		if got := g.managed("POST", "/v2/apis", host, newApi, nil); got.StatusCode != want {
			t.Errorf("by %s: got %d %s, want %d", host, got.StatusCode, got.body, want)
		}
		for _, path := range []string{"/_dragoman/configuration", "/metrics", "/_dragoman/settings"} {
			if got := g.managed("GET", path, host, "", nil); (got.StatusCode == 200) != ok {
				t.Errorf("%s by %s: got %d", path, host, got.StatusCode)
			}
		}
	}
	for name, header := range map[string]http.Header{
		"another site's page":          {"Origin": {"https://evil.example"}},
		"another port's":               {"Origin": {"http://localhost:3000"}},
		"one that hides":               {"Sec-Fetch-Site": {"cross-site"}},
		"what a proxy passes on":       {"X-Forwarded-For": {"203.0.113.9"}},
		"what another proxy passes on": {"Via": {"1.1 p"}},
	} {
		if got := g.managed("POST", "/v2/apis", "localhost:18081", newApi, header); got.StatusCode != 403 {
			t.Errorf("%s: got %d, want 403", name, got.StatusCode)
		}
	}
	if got := g.managed("GET", "/_dragoman/settings", "localhost", "", nil); !strings.Contains(got.body, `"auth":"none"`) {
		t.Errorf("settings: got %s", got.body)
	}
}

// Signatures that nobody can verify are believed of anyone then, on the data listener too,
// by the same names.
func TestAnyoneIsBelieved(t *testing.T) {
	t.Parallel()
	for _, front := range []string{"own", "net/http"} {
		g := startSignedDoors(t, anyone, func(c *server.Config) { c.Front = front })
		at := outside(t, g.DataAddr())
		for host, ok := range map[string]bool{
			"localhost:18080": true, "gateway:8080": true, "10.1.2.3:80": true, "gateway.example.com": true,
			"evil.example": false, "evil.example:8080": false, "127.0.0.1.nip.io": false,
		} {
			for _, door := range g.doors {
				want := 403
				if ok {
					want = door.open
				}
				if got := raw(t, at, door.ask("HTTP/1.1", host, madeUp)); got != want {
					t.Errorf("%s, %s by %s: got %d, want %d", front, door.name, host, got, want)
				}
				if got := raw(t, at, door.ask("HTTP/1.1", host, "X-Forwarded-For: 1.2.3.4\r\n"+madeUp)); got != 403 {
					t.Errorf("%s, %s by %s through a proxy: got %d, want 403", front, door.name, host, got)
				}
			}
		}
		for _, door := range g.doors[:2] { // what has no signature at all has none to believe
			if got := raw(t, at, door.ask("HTTP/1.1", "localhost", "")); got != 403 {
				t.Errorf("%s, %s without a signature: got %d", front, door.name, got)
			}
		}
	}
}

// outside is a listener's address as others than this machine reach it, where it has one.
func outside(t *testing.T, address string) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	must(t, err)
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() && ip.IP.To4() != nil {
			return net.JoinHostPort(ip.IP.String(), port(address))
		}
	}
	return "127.0.0.1:" + port(address)
}

// published passes connections on from another port, as a container's does.
func published(t *testing.T, l net.Listener, to string) {
	t.Helper()
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer from.Close()
				c, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer c.Close()
				go func() { _, _ = io.Copy(c, from); _ = c.(*net.TCPConn).CloseWrite() }()
				_, _ = io.Copy(from, c)
			}()
		}
	}()
}

// The journey of an image whose ports are published as others: boto3 with any keys makes an
// API, finds where it is served in apiEndpoint, and posts to a connection by the domainName
// that a handler is told.
func TestAnImageUnderOtherPorts(t *testing.T) {
	t.Parallel()
	python := needs.Python(t, "boto3")
	data, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	management, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	at := "localhost:" + port(data.Addr().String())
	cmd := binary(t, "serve", "--auth", "none")
	cmd.Env = append(cmd.Env, "DRAGOMAN_LISTEN=0.0.0.0:0", "DRAGOMAN_MANAGEMENT=0.0.0.0:0", "DRAGOMAN_DATA_DIR="+filepath.Join(t.TempDir(), "data"),
		"DRAGOMAN_API_ENDPOINT={protocol}://"+at+"/_aws/execute-api/{apiId}")
	p, err := run(t, cmd)
	must(t, err)
	g := p.gateway(t)
	published(t, data, outside(t, g.DataAddr()))
	published(t, management, outside(t, g.ManagementAddr()))

	boto := func(script string) string {
		cmd := exec.CommandContext(t.Context(), python, "-c", script)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=keys", "AWS_DEFAULT_REGION=us-east-1", "AWS_CONFIG_FILE=/dev/null",
			"MANAGEMENT=http://localhost:"+port(management.Addr().String()), "AT="+at)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	made := strings.Fields(boto(`
import boto3, os
g = boto3.client("apigatewayv2", endpoint_url=os.environ["MANAGEMENT"])
api = g.create_api(Name="image", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
web = g.create_api(Name="web", ProtocolType="HTTP")
i = g.create_integration(ApiId=api["ApiId"], IntegrationType="MOCK", TemplateSelectionExpression="\\$default", RequestTemplates={"$default": '{"statusCode": 200}'})
g.create_integration_response(ApiId=api["ApiId"], IntegrationId=i["IntegrationId"], IntegrationResponseKey="$default", TemplateSelectionExpression="\\$default",
    ResponseTemplates={"$default": "$context.domainName $context.stage $context.connectionId"})
r = g.create_route(ApiId=api["ApiId"], RouteKey="ask", Target="integrations/" + i["IntegrationId"])
g.create_route_response(ApiId=api["ApiId"], RouteId=r["RouteId"], RouteResponseKey="$default")
g.create_stage(ApiId=api["ApiId"], StageName="prod")
g.create_deployment(ApiId=api["ApiId"], StageName="prod")
print(api["ApiEndpoint"], api["ApiId"], web["ApiEndpoint"], web["ApiId"])
`))
	if len(made) != 4 || made[0] != "ws://"+at+"/_aws/execute-api/"+made[1] || made[2] != "http://"+at+"/_aws/execute-api/"+made[3] {
		t.Fatalf("made: got %q", made)
	}
	a := &socketApi{gateway: g, id: made[1]}
	conn, err := dial(t, made[0]+"/prod")
	must(t, err)
	told := strings.Fields(a.ask(conn, `{"action":"ask"}`))
	if len(told) != 3 || told[0] != at {
		t.Fatalf("the domainName that is told: got %q, want %s", told, at)
	}
	boto(`
import boto3
boto3.client("apigatewaymanagementapi", endpoint_url="http://` + told[0] + `/` + told[1] + `").post_to_connection(ConnectionId="` + told[2] + `", Data=b"posted")
`)
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "posted" {
		t.Errorf("got %q (%v)", frame, err)
	}
	_, err = g.as(aws.Credentials{AccessKeyID: "x", SecretAccessKey: "y"}, "us-east-1").GetApis(t.Context(), nil)
	must(t, err)
}

// Without --auth none and without keys an image ends at once; a key in the environment or
// in a file has it ask for signatures.
func TestAnImageWithoutAWord(t *testing.T) {
	t.Parallel()
	serve := func(variables ...string) (*process, error) {
		cmd := binary(t, "serve")
		cmd.Env = append(cmd.Env, append(variables, "DRAGOMAN_LISTEN=0.0.0.0:0", "DRAGOMAN_MANAGEMENT=0.0.0.0:0", "DRAGOMAN_DATA_DIR=")...)
		return run(t, cmd)
	}
	_, err := serve()
	for _, want := range []string{"exit status 2", "--auth none", "--credentials FILE", "DRAGOMAN_KEY=ID:SECRET"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without a word: got %v, want %q in it", err, want)
		}
	}
	file := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(file, []byte("AKIDONE:one\n"), 0o600))
	for _, variable := range []string{"DRAGOMAN_KEY=AKIDONE:one", "DRAGOMAN_KEY_FILE=" + file} {
		p, err := serve(variable)
		must(t, err)
		g := p.gateway(t)
		g.asksForSignatures(variable)
		_, err = g.as(aws.Credentials{AccessKeyID: "AKIDONE", SecretAccessKey: "one"}, "us-east-1").GetApis(t.Context(), nil)
		must(t, err)
	}
}

// A key that is not for everything empties nothing, and has nothing go wrong for others.
func TestKeysOfReset(t *testing.T) {
	t.Parallel()
	file := writeKeys(t, keyFile+"\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis=a1\n")
	g := startAsking(t, func(c *server.Config) { c.Credentials, c.AllowFault = file, true })
	for _, row := range []struct {
		name    string
		keys    aws.Credentials
		allowed bool
	}{
		{"nobody's", aws.Credentials{}, false},
		{"a reader's", aws.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}, false},
		{"one for an API", aws.Credentials{AccessKeyID: "AKIDLIMITED", SecretAccessKey: "l"}, false},
		{"one for all", full, true},
	} {
		for _, call := range []struct{ method, path string }{{"DELETE", "/_dragoman/fault"}, {"POST", "/_dragoman/reset"}} {
			r, err := http.NewRequestWithContext(t.Context(), call.method, "http://"+g.ManagementAddr()+call.path, nil)
			must(t, err)
			if row.keys.AccessKeyID != "" {
				must(t, v4.NewSigner().SignHTTP(t.Context(), row.keys, r, sigv4.EmptyPayload, "apigateway", "us-east-1", time.Now()))
			}
			answer, err := http.DefaultClient.Do(r)
			must(t, err)
			answer.Body.Close()
			if done := answer.StatusCode/100 == 2; done != row.allowed || !done && answer.StatusCode != 403 {
				t.Errorf("%s: %s %s: got %d", row.name, call.method, call.path, answer.StatusCode)
			}
		}
	}
}
