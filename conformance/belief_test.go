package conformance

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// signedDoors is a gateway with one of each thing that asks for signatures: a route of
// an HTTP API, the $connect of a WebSocket API, and @connections.
type signedDoors struct {
	*gateway
	doors []signedDoor
}

type signedDoor struct {
	name, method, path string
	upgrade            bool
	open               int // status when it opens
}

const upgradeLines = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// madeUp is a whole signature by a key that nobody has.
var madeUp = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDMADEUP/" + time.Now().UTC().Format("20060102") + "/us-east-1/execute-api/aws4_request, " +
	"SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0123456789abcdef", 4) + "\r\nX-Amz-Date: " + time.Now().UTC().Format("20060102T150405Z") + "\r\n"

func startSignedDoors(t *testing.T, change ...func(*server.Config)) *signedDoors {
	t.Helper()
	head := ""
	g := start(t, append(change, func(c *server.Config) {
		if c.Peers.ProxyProtocol {
			head = "PROXY UNKNOWN\r\n"
		}
	})...)
	web := g.webApi()
	web.route("GET /iam", web.integrate(proxyTo(backend(t, echo))), func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType = types.AuthorizationTypeAwsIam
	})
	web.deploy("$default")
	iam := mockApi(g, "ok")
	_, err := g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{
		ApiId: &iam.id, RouteKey: aws.String("$connect"), AuthorizationType: types.AuthorizationTypeAwsIam, Target: aws.String("integrations/" + iam.integration),
	})
	must(t, err)
	iam.deploy()
	a := mockApi(g, "$context.connectionId")
	conn := a.dial(&websocket.DialOptions{HTTPClient: &http.Client{Transport: through(t, g.DataAddr(), head, nil, false).Transport}})
	id := a.ask(conn, `{"action":"ask"}`)
	return &signedDoors{g, []signedDoor{
		{"a route with AWS_IAM", "GET", "/_aws/execute-api/" + web.id + "/iam", false, 200},
		{"$connect with AWS_IAM", "GET", iam.path(), true, 101},
		{"@connections", "POST", a.path() + "/@connections/" + id, false, 200},
	}}
}

// raw sends one request as it stands and answers the status, 0 when there is none.
func raw(t *testing.T, address, text string) int {
	t.Helper()
	c, err := net.Dial("tcp", address)
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = io.WriteString(c, text)
	must(t, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func (d *signedDoor) ask(version, host, lines string) string {
	if d.upgrade {
		lines += upgradeLines
	}
	if host != "" {
		lines = "Host: " + host + "\r\n" + lines
	}
	return d.method + " " + d.path + " " + version + "\r\n" + lines + "Content-Length: 0\r\n\r\n"
}

// Signatures that nobody can verify are believed of programs on this machine alone.
func TestWhoIsBelievedWithoutKeys(t *testing.T) {
	t.Parallel()
	var log lines
	for _, front := range []string{"own", "net/http"} {
		g := startSignedDoors(t, log.into, func(c *server.Config) { c.Front = front })
		at := g.DataAddr()
		for _, row := range []struct {
			name, host, lines string
			believed          bool
		}{
			{"the address", at, "", true},
			{"any port", "127.0.0.1:1", "", true},
			{"no port", "127.0.0.1", "", true},
			{"another loopback address", "127.8.9.10:8080", "", true},
			{"IPv6", "[::1]:8080", "", true},
			{"IPv4 in IPv6", "[::ffff:127.0.0.1]:8080", "", true},
			{"localhost", "localhost:8080", "", true},
			{"localhost in capitals", "LocalHost", "", true},
			{"localhost with a dot", "localhost.:8080", "", true},
			{"a name below localhost", "gateway.localhost:8080", "", true},
			{"a header that is like one", at, "X-Forward: 1\r\nX-Real: 1\r\n", true},

			{"a public name", "api.example.com", "", false},
			{"a rebound name", "evil.example:8080", "", false},
			{"an API's name elsewhere", "a1.execute-api.evil.example", "", false},
			{"a name that begins so", "localhost.evil.example", "", false},
			{"a name that ends so", "notlocalhost", "", false},
			{"an address in a name", "127.0.0.1.nip.io", "", false},
			{"a name of one label", "gateway:9000", "", false},
			{"an address of the network", "192.168.1.2:8080", "", false},
			{"no address", "0.0.0.0:8080", "", false},
			{"no IPv6 address", "[::]:8080", "", false},
			{"decimal", "2130706433", "", false},
			{"hexadecimal", "0x7f000001", "", false},
			{"octal", "0177.0.0.1", "", false},
			{"short", "127.1", "", false},
			{"Forwarded", at, "Forwarded: for=1.2.3.4\r\n", false},
			{"X-Forwarded-For", at, "X-Forwarded-For: 127.0.0.1\r\n", false},
			{"an empty X-Forwarded-For", at, "X-Forwarded-For:\r\n", false},
			{"in small letters", at, "x-forwarded-for: 1.2.3.4\r\n", false},
			{"in capitals", at, "X-FORWARDED-PROTO: https\r\n", false},
			{"X-Forwarded-Host", at, "X-Forwarded-Host: api.example.com\r\n", false},
			{"X-Forwarded-Port", at, "X-Forwarded-Port: 443\r\n", false},
			{"X-Forwarded-Server", at, "X-Forwarded-Server: p\r\n", false},
			{"X-Forwarded-Anything", at, "X-Forwarded-Anything: p\r\n", false},
			{"X-Real-IP", at, "X-Real-IP: 1.2.3.4\r\n", false},
			{"x-real-ip", at, "x-real-ip: 1.2.3.4\r\n", false},
			{"Via", at, "Via: 1.1 proxy\r\n", false},
		} {
			for _, door := range g.doors {
				want := 403
				if row.believed {
					want = door.open
				}
				if got := raw(t, at, door.ask("HTTP/1.1", row.host, row.lines+madeUp)); got != want {
					t.Errorf("%s, %s, %s: got %d, want %d", front, door.name, row.name, got, want)
				}
			}
		}
		for _, door := range g.doors {
			for _, host := range []string{at, ""} { // as many proxies ask by default
				if got := raw(t, at, door.ask("HTTP/1.0", host, madeUp)); got == door.open || got == 0 {
					t.Errorf("%s, %s, HTTP/1.0 with Host %q: got %d", front, door.name, host, got)
				}
			}
			for _, text := range []string{
				strings.Replace(door.ask("HTTP/1.1", at, madeUp), " /", " http://evil.example/", 1), // names another host than Host
				door.ask("HTTP/1.1", at, "Host: evil.example\r\n"+madeUp),
			} {
				if got := raw(t, at, text); got == door.open || got == 0 {
					t.Errorf("%s, %s: got %d for\n%s", front, door.name, got, text)
				}
			}
		}
		g.overHTTP2(at, "localhost:8080", 200)
		g.overHTTP2(at, "evil.example", 403)
	}
	told := log.String()
	for _, want := range []string{
		"refused: a signature that nobody can verify is not believed", "it came through a proxy: X-Forwarded-*", "it came through a proxy: Via",
		"it came by HTTP/1.0", "the Host is no name of this machine", "give --credentials FILE",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	if strings.Contains(told, "0123456789abcdef0123456789abcdef") {
		t.Error("the log tells a signature")
	}
}

// overHTTP2 calls the endpoints that need no upgrade, by HTTP/2 without TLS.
func (g *signedDoors) overHTTP2(at, host string, want int) {
	g.t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	for _, door := range g.doors {
		if door.upgrade {
			continue
		}
		r, err := http.NewRequestWithContext(g.t.Context(), door.method, "http://"+at+door.path, nil)
		must(g.t, err)
		r.Host = host
		for line := range strings.SplitSeq(strings.TrimSpace(madeUp), "\r\n") {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		response, err := transport.RoundTrip(r)
		must(g.t, err)
		response.Body.Close()
		if response.ProtoMajor != 2 || response.StatusCode != want {
			g.t.Errorf("HTTP/%d, %s, %s: got %d, want %d", response.ProtoMajor, door.name, host, response.StatusCode, want)
		}
	}
}

// Where signatures are required, or clients of other machines can come, nothing
// else is believed; a signature by a known key is good under any Host and through
// any proxy.
func TestNothingUnverifiedIsBelieved(t *testing.T) {
	t.Parallel()
	keys := func(c *server.Config) { c.Credentials = writeKeys(t, keyFile) }
	for _, row := range []struct {
		name   string
		change func(*server.Config)
		known  bool
	}{
		{"--credentials", keys, true},
		{"--trusted-proxies", func(c *server.Config) { c.Peers.TrustedProxies = []string{"10.0.0.0/8"} }, false},
		{"--trusted-proxies, this machine", func(c *server.Config) { c.Peers.TrustedProxies = []string{"127.0.0.0/8"} }, false},
		{"a listener for all", func(c *server.Config) { c.Listen = "0.0.0.0:0" }, false},
		{"a listener for all, IPv6", func(c *server.Config) { c.Listen = ":0" }, false},
	} {
		g := startSignedDoors(t, row.change)
		at := "127.0.0.1:" + port(g.DataAddr())
		for _, door := range g.doors {
			if got := raw(t, at, door.ask("HTTP/1.1", "localhost", madeUp)); got != 403 {
				t.Errorf("%s, %s: got %d for a made-up signature, want 403", row.name, door.name, got)
			}
			if got := raw(t, at, door.ask("HTTP/1.1", "localhost", "")); got != 403 {
				t.Errorf("%s, %s: got %d without a signature, want 403", row.name, door.name, got)
			}
			want := 403
			if row.known {
				want = door.open
			}
			for _, host := range []string{"localhost", "api.example.com", "10.1.2.3:9000"} {
				r, err := http.NewRequest(door.method, "http://"+at+door.path, nil)
				must(t, err)
				r.Host = host
				must(t, v4.NewSigner().SignHTTP(t.Context(), full, r, sigv4.EmptyPayload, "execute-api", "us-east-1", time.Now()))
				lines := "X-Forwarded-For: 1.2.3.4\r\nVia: 1.1 p\r\nAuthorization: " + r.Header.Get("Authorization") + "\r\nX-Amz-Date: " + r.Header.Get("X-Amz-Date") + "\r\n"
				if got := raw(t, at, door.ask("HTTP/1.1", host, lines)); got != want {
					t.Errorf("%s, %s, Host %s: got %d for a good signature, want %d", row.name, door.name, host, got, want)
				}
			}
		}
	}
}

// Each listener is judged by itself: one for all does not borrow the belief of one on
// loopback, nor take it away.
func TestListenersAreJudgedApart(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), newSigner(t)
	pair := s.write(t, dir, "first", "*.localhost")
	for listen, believed := range map[string]bool{"0.0.0.0:0": false, "127.0.0.1:0": true} {
		g := startSignedDoors(t, func(c *server.Config) {
			c.Domains.Listen, c.Domains.Certificates = listen, map[string]string{"*": pair}
		})
		client := through(t, "127.0.0.1:"+port(g.SecureAddr()), "", &tls.Config{RootCAs: s.pool}, false)
		for _, door := range g.doors {
			if got := raw(t, g.DataAddr(), door.ask("HTTP/1.1", "localhost", madeUp)); got != door.open {
				t.Errorf("%s on loopback beside %s: got %d, want %d", door.name, listen, got, door.open)
			}
			if door.upgrade {
				continue
			}
			want := 403
			if believed {
				want = door.open
			}
			if got := g.unsignedBody(client, door, "https://gateway.localhost", nil); got != want {
				t.Errorf("%s on %s: got %d, want %d", door.name, listen, got, want)
			}
		}
	}
}

// A proxy on this machine: what passes through it is not this machine's.
func TestBehindALocalProxy(t *testing.T) {
	t.Parallel()
	g := startSignedDoors(t)
	forwarding := backend(t, func(w http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+g.DataAddr()+r.URL.RequestURI(), nil)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		out.Header = r.Header.Clone()
		out.Header.Set("X-Forwarded-For", "203.0.113.9")
		response, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		w.WriteHeader(response.StatusCode)
	})
	for _, door := range g.doors {
		if !door.upgrade {
			if got := raw(t, strings.TrimPrefix(forwarding, "http://"), door.ask("HTTP/1.1", "api.example.com", madeUp)); got != 403 {
				t.Errorf("%s: got %d, want 403", door.name, got)
			}
		}
		if got := raw(t, g.DataAddr(), door.ask("HTTP/1.1", g.DataAddr(), madeUp)); got != door.open {
			t.Errorf("%s, past the proxy: got %d, want %d", door.name, got, door.open)
		}
	}
}

// unsignedBody calls an endpoint with a signature that leaves the body out.
func (g *signedDoors) unsignedBody(client *http.Client, door signedDoor, base string, header http.Header) int {
	g.t.Helper()
	method := door.method
	r, err := http.NewRequestWithContext(g.t.Context(), method, base+door.path, strings.NewReader("anything"))
	if method == "GET" {
		r, err = http.NewRequestWithContext(g.t.Context(), method, base+door.path, nil)
	}
	must(g.t, err)
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	must(g.t, v4.NewSigner().SignHTTP(g.t.Context(), full, r, "UNSIGNED-PAYLOAD", door.service(), "us-east-1", time.Now()))
	for name, lines := range header {
		r.Header[name] = lines
	}
	response, err := client.Do(r)
	must(g.t, err)
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func (d *signedDoor) service() string {
	if strings.HasPrefix(d.path, "/v2/") {
		return "apigateway"
	}
	return "execute-api"
}

// A signature that leaves the body out is good over TLS alone: to the gateway, or to
// a proxy whose word counts.
func TestUnsignedBodiesNeedTLS(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), newSigner(t)
	pair := s.write(t, dir, "first", "*.example.com")
	inTLS := func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{"*": pair}
		c.Credentials = writeKeys(t, keyFile)
	}
	https := http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"203.0.113.9"}}
	trusting := func(c *server.Config) { c.Peers.TrustedProxies = []string{"127.0.0.1"} }
	for _, row := range []struct {
		name   string
		change func(*server.Config)
		header http.Header
		plain  bool // taken without TLS to us
	}{
		{"nobody in front", func(*server.Config) {}, nil, false},
		{"made up", func(*server.Config) {}, https, false},
		{"a proxy that is not trusted", func(c *server.Config) { c.Peers.TrustedProxies = []string{"10.0.0.0/8"} }, https, false},
		{"a trusted proxy that says nothing", trusting, nil, false},
		{"a trusted proxy that says http", trusting, http.Header{"X-Forwarded-Proto": {"http"}, "X-Forwarded-For": {"203.0.113.9"}}, false},
		{"a trusted proxy whose client made it up", trusting, http.Header{"X-Forwarded-Proto": {"https, http"}, "X-Forwarded-For": {"203.0.113.9"}}, false},
		{"a trusted proxy", trusting, https, true},
	} {
		g := startSignedDoors(t, inTLS, row.change)
		for _, door := range g.doors {
			if door.upgrade { // a handshake has no body
				continue
			}
			want := 403
			if row.plain {
				want = door.open
			}
			if got := g.unsignedBody(http.DefaultClient, door, "http://"+g.DataAddr(), row.header); got != want {
				t.Errorf("%s, %s: got %d, want %d", row.name, door.name, got, want)
			}
			if row.header == nil {
				if got := g.unsignedBody(g.secureClient(s), door, "https://a.example.com", nil); got != door.open {
					t.Errorf("%s, %s, over TLS: got %d, want %d", row.name, door.name, got, door.open)
				}
			}
		}
	}
	g := startSignedDoors(t, inTLS, trusting, func(c *server.Config) { c.Peers.ProxyProtocol = true })
	for head, taken := range map[string]bool{
		string(head2(0x21, "203.0.113.9:5555", "192.0.2.1:8443", []byte{0x20, 0, 5, 1, 0, 0, 0, 0})): true,
		string(head2(0x21, "203.0.113.9:5555", "192.0.2.1:443", []byte{0x20, 0, 5, 0, 0, 0, 0, 0})):  false,
		"PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\r\n":                                              false, // a port is no proof
	} {
		for _, door := range g.doors {
			if door.upgrade {
				continue
			}
			want := 403
			if taken {
				want = door.open
			}
			if got := g.unsignedBody(through(t, g.DataAddr(), head, nil, false), door, "http://"+g.DataAddr(), https); got != want {
				t.Errorf("%q, %s: got %d, want %d", head, door.name, got, want)
			}
		}
	}
	management := signedDoor{"the management API", "GET", "/v2/apis", false, 200}
	asks := func(c *server.Config) { c.Auth = "sigv4" }
	for name, row := range map[string]struct {
		change func(*server.Config)
		status int
	}{"nobody in front": {func(*server.Config) {}, 403}, "a trusted proxy": {trusting, 200}} {
		m := &signedDoors{gateway: start(t, inTLS, asks, row.change)}
		if got := m.unsignedBody(http.DefaultClient, management, "http://"+m.ManagementAddr(), https); got != row.status {
			t.Errorf("the management API, %s: got %d, want %d", name, got, row.status)
		}
	}
}
