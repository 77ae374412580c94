package conformance

import (
	"bytes"
	"context"
	"crypto/tls"
	bytewise "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// proxied is a gateway behind trusted proxies, with an API of each kind that tells
// what it knows of its clients.
type proxied struct {
	*gateway
	web    *webApi
	socket *socketApi
	f      *webFunctions
	log    string
}

// onlyFrom is the answer of a REQUEST authorizer that lets one network in.
const onlyFrom = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*",` +
	`"Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8:cafe::/48"]}}}]}}`

func startProxied(t *testing.T, change ...func(*server.Config)) *proxied {
	t.Helper()
	p := &proxied{log: filepath.Join(t.TempDir(), "web.log")}
	p.f = newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`{"statusCode":200,"body":"heard"}`), "guard": says(onlyFrom)})
	p.gateway = start(t, append([]func(*server.Config){p.f.as, func(c *server.Config) {
		c.Peers.TrustedProxies = []string{"127.0.0.0/8", "10.0.0.0/8", "2001:db8:aa::/48"}
		c.Credentials = writeKeys(t, keyFile)
		c.Observe.AccessLogs = map[string]string{webGroup: p.log}
	}}, change...)...)
	p.web = p.webApi()
	guard, err := p.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &p.web.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", AuthorizerPayloadFormatVersion: aws.String("1.0"),
		AuthorizerUri:                aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"),
		AuthorizerResultTtlInSeconds: aws.Int32(0), IdentitySource: []string{},
	})
	must(t, err)
	talk := p.web.integrate(invoking("2.0"))
	p.web.route("GET /event", talk)
	p.web.route("GET /guarded", talk, func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "CUSTOM", guard.AuthorizerId
	})
	p.web.route("GET /backend", p.web.integrate(proxyTo(backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Forwarded")+"|"+r.Header.Get("X-Forwarded-For"))
	}))))
	p.web.deploy("$default", func(in *apigatewayv2.CreateStageInput) {
		in.AccessLogSettings = &types.AccessLogSettings{DestinationArn: aws.String(webGroup), Format: aws.String("$context.identity.sourceIp $context.requestId")}
	})
	p.socket = p.socketApi(proxy(), none).with("$connect", false)
	return p
}

// through is a client whose connections begin with a head.
func through(t *testing.T, address, head string, tlsConfig *tls.Config, h2c bool) *http.Client {
	transport := &http.Transport{TLSClientConfig: tlsConfig, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			_, err = io.WriteString(c, head)
		}
		return c, err
	}}
	if h2c {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// seen is what the gateway tells of a client in every place where it does.
func (p *proxied) seen(client *http.Client, scheme string, header http.Header) string {
	p.t.Helper()
	get := func(path string) heard {
		r, err := http.NewRequestWithContext(p.t.Context(), "GET", scheme+"://"+p.web.id+".execute-api.localhost"+path, nil)
		must(p.t, err)
		r.Header = header.Clone()
		return (&webApi{p.gateway, p.web.id, client}).do(r)
	}
	answer := get("/event")
	var e events.APIGatewayV2HTTPRequest
	p.f.last(p.t, "talk", &e)
	logged := ""
	eventually(p.t, "the access log", func() bool {
		text, _ := os.ReadFile(p.log)
		for line := range strings.Lines(string(text)) {
			if ip, id, _ := strings.Cut(strings.TrimSpace(line), " "); id == answer.Header.Get("Apigw-Requestid") {
				logged = ip
			}
		}
		return logged != ""
	})
	socket, port, proto := p.seenBySockets(client, scheme, header)
	if logged != e.RequestContext.HTTP.SourceIP || socket != logged {
		p.t.Errorf("the event says %s, the log %s, sockets %s", e.RequestContext.HTTP.SourceIP, logged, socket)
	}
	if port != e.Headers["x-forwarded-port"] || proto != e.Headers["x-forwarded-proto"] {
		p.t.Errorf("sockets say %s %s, HTTP APIs %v", proto, port, e.Headers)
	}
	return fmt.Sprint(logged, " ", e.Headers["x-forwarded-proto"], " ", e.Headers["x-forwarded-port"], " ", get("/guarded").StatusCode,
		" [", e.Headers["x-forwarded-for"], "] ", get("/backend").body)
}

// seenBySockets connects a client and asks @connections who it is.
func (p *proxied) seenBySockets(client *http.Client, scheme string, header http.Header) (source, port, proto string) {
	p.t.Helper()
	url := map[string]string{"http": "ws", "https": "wss"}[scheme] + "://" + p.socket.id + ".execute-api.localhost/prod"
	client = &http.Client{Transport: client.Transport}
	if h := client.Transport.(*http.Transport); h.Protocols != nil { // a handshake speaks HTTP/1.1
		h = h.Clone()
		h.Protocols = nil
		client.Transport = h
	}
	conn, _, err := websocket.Dial(p.t.Context(), url, &websocket.DialOptions{HTTPClient: client, HTTPHeader: header})
	must(p.t, err)
	defer conn.CloseNow()
	var e events.APIGatewayWebsocketProxyRequest
	p.f.last(p.t, "talk", &e)
	r, err := http.NewRequestWithContext(p.t.Context(), "GET", scheme+"://"+p.socket.id+".execute-api.localhost/prod/@connections/"+e.RequestContext.ConnectionID, nil)
	must(p.t, err)
	must(p.t, v4.NewSigner().SignHTTP(p.t.Context(), full, r, sigv4.EmptyPayload, "execute-api", "us-east-1", time.Now()))
	answer := (&webApi{p.gateway, p.socket.id, client}).do(r)
	var info struct {
		Identity struct{ SourceIp string }
	}
	if err := json.Unmarshal([]byte(answer.body), &info); err != nil {
		p.t.Fatalf("@connections: got %d %s", answer.StatusCode, answer.body)
	}
	if info.Identity.SourceIp != e.RequestContext.Identity.SourceIP {
		p.t.Errorf("@connections says %s, the event %s", info.Identity.SourceIp, e.RequestContext.Identity.SourceIP)
	}
	return info.Identity.SourceIp, e.Headers["X-Forwarded-Port"], e.Headers["X-Forwarded-Proto"]
}

// What a trusted proxy says of its client is what every place tells; the hop that
// the gateway appends is the proxy's.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	for _, front := range []string{"own", "net/http"} {
		p := startProxied(t, func(c *server.Config) { c.Front = front })
		own := port(p.DataAddr())
		plain, h2c := through(t, p.DataAddr(), "", nil, false), through(t, p.DataAddr(), "", nil, true)
		for _, row := range []struct {
			name   string
			header http.Header
			want   string // address, scheme, port, status of the guarded route, X-Forwarded-For, what a backend hears
		}{
			{"nothing said", http.Header{}, "127.0.0.1 http " + own + " 403 [127.0.0.1] for=127.0.0.1;host=HOST;proto=http|"},
			{"a client", http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}},
				"203.0.113.9 https 443 200 [203.0.113.9, 127.0.0.1] for=203.0.113.9;proto=https, for=127.0.0.1;host=HOST;proto=https|"},
			{"another network", http.Header{"X-Forwarded-For": {"198.51.100.7"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Port": {"81"}},
				"198.51.100.7 http 81 403 [198.51.100.7, 127.0.0.1] for=198.51.100.7;proto=http, for=127.0.0.1;host=HOST;proto=http|"},
			{"made up behind the proxy", http.Header{"X-Forwarded-For": {"203.0.113.9, 198.51.100.7"}},
				"198.51.100.7 http " + own + " 403 [203.0.113.9, 198.51.100.7, 127.0.0.1] for=203.0.113.9, for=198.51.100.7, for=127.0.0.1;host=HOST;proto=http|"},
			{"IPv6 with a port, in several lines", http.Header{"X-Forwarded-For": {"6.6.6.6", "[2001:db8:cafe::9]:4711, 10.0.0.3", "2001:db8:aa::1"}, "X-Forwarded-Port": {"8443"}, "X-Forwarded-Proto": {"https"}},
				"2001:db8:cafe::9 https 8443 200 [6.6.6.6, [2001:db8:cafe::9]:4711, 10.0.0.3, 2001:db8:aa::1, 127.0.0.1] " +
					`for=6.6.6.6;proto=https, for="[2001:db8:cafe::9]:4711", for=10.0.0.3, for="[2001:db8:aa::1]", for=127.0.0.1;host=HOST;proto=https|`},
			{"garbage", http.Header{"X-Forwarded-For": {"203.0.113.9, unknown"}},
				"127.0.0.1 http " + own + " 403 [203.0.113.9, unknown, 127.0.0.1] for=203.0.113.9, for=unknown, for=127.0.0.1;host=HOST;proto=http|"},
		} {
			want := strings.ReplaceAll(row.want, "HOST", p.web.id+".execute-api.localhost")
			for version, client := range map[string]*http.Client{"HTTP/1.1": plain, "HTTP/2": h2c} {
				got := strings.ReplaceAll(p.seen(client, "http", row.header), `"`+p.web.id+`.execute-api.localhost"`, p.web.id+".execute-api.localhost")
				if got != want {
					t.Errorf("%s, %s, %s:\n got %s\nwant %s", front, version, row.name, got, want)
				}
			}
		}
	}
}

// Of anybody else neither header nor head is believed.
func TestNoTrustedProxy(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*server.Config){
		"nobody": func(c *server.Config) { c.Peers.TrustedProxies = nil },
		"others": func(c *server.Config) { c.Peers.TrustedProxies = []string{"10.0.0.0/8", "::1/128", "127.0.0.2"} },
		"others with heads": func(c *server.Config) {
			c.Peers.TrustedProxies, c.Peers.ProxyProtocol = []string{"10.0.0.0/8"}, true
		},
	} {
		p := startProxied(t, change)
		header := http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Port": {"443"}, "Forwarded": {"for=203.0.113.9"}, "X-Real-Ip": {"203.0.113.9"}}
		got := p.seen(through(t, p.DataAddr(), "", nil, false), "http", header)
		if want := "127.0.0.1 http " + port(p.DataAddr()) + " 403 [203.0.113.9, 127.0.0.1] "; !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		for _, head := range []string{line4, string(head2(0x21, "203.0.113.9:5555", "192.0.2.1:443", nil))} {
			if got := raw(t, p.DataAddr(), head+"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); got != 400 && got != 0 {
				t.Errorf("%s, a head: got %d, want 400 or no answer", name, got)
			}
		}
	}
}

const line4 = "PROXY TCP4 203.0.113.9 192.0.2.1 5555 8443\r\n"

// head2 is a head of version 2 for IPv4 or IPv6.
func head2(command byte, source, destination string, more []byte) []byte {
	from, to := netip.MustParseAddrPort(source), netip.MustParseAddrPort(destination)
	over := byte(0x11)
	if from.Addr().Is6() {
		over = 0x21
	}
	body := bytes.Join([][]byte{from.Addr().AsSlice(), to.Addr().AsSlice()}, nil)
	body = bytewise.BigEndian.AppendUint16(body, from.Port())
	body = append(bytewise.BigEndian.AppendUint16(body, to.Port()), more...)
	head := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), command, over)
	return append(bytewise.BigEndian.AppendUint16(head, uint16(len(body))), body...)
}

func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	overTLS := []byte{0x20, 0, 5, 1, 0, 0, 0, 0}
	dir, s := t.TempDir(), newSigner(t)
	pair := s.write(t, dir, "first", "*.execute-api.localhost")
	for _, front := range []string{"own", "net/http"} {
		var log lines
		p := startProxied(t, log.into, func(c *server.Config) {
			c.Front, c.Peers.ProxyProtocol = front, true
			c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{"*": pair}
		})
		own, secure := port(p.DataAddr()), port(p.SecureAddr())
		for _, row := range []struct {
			name, head   string
			plain, inTLS string // address, scheme, port, status of the guarded route
		}{
			{"TCP4", line4, "203.0.113.9 http 8443 200", "203.0.113.9 https 8443 200"},
			{"TCP6", "PROXY TCP6 2001:db8:cafe::9 2001:db8::1 5555 80\r\n", "2001:db8:cafe::9 http 80 200", "2001:db8:cafe::9 https 80 200"},
			{"another network", "PROXY TCP4 198.51.100.7 192.0.2.1 5555 80\r\n", "198.51.100.7 http 80 403", "198.51.100.7 https 80 403"},
			{"UNKNOWN", "PROXY UNKNOWN\r\n", "127.0.0.1 http " + own + " 403", "127.0.0.1 https " + secure + " 403"},
			{"version 2", string(head2(0x21, "203.0.113.9:5555", "192.0.2.1:8080", nil)), "203.0.113.9 http 8080 200", "203.0.113.9 https 8080 200"},
			{"version 2, IPv6", string(head2(0x21, "[2001:db8:cafe::9]:5555", "[2001:db8::1]:8080", nil)), "2001:db8:cafe::9 http 8080 200", "2001:db8:cafe::9 https 8080 200"},
			{"TLS to the proxy", string(head2(0x21, "203.0.113.9:5555", "192.0.2.1:8443", overTLS)), "203.0.113.9 https 8443 200", "203.0.113.9 https 8443 200"},
			{"LOCAL", string(head2(0x20, "203.0.113.9:5555", "192.0.2.1:8080", nil)), "127.0.0.1 http " + own + " 403", "127.0.0.1 https " + secure + " 403"},
		} {
			// What a client writes itself does not count, even where the proxy is trusted.
			header := http.Header{"X-Forwarded-For": {"203.0.113.66"}, "X-Forwarded-Proto": {"gopher"}, "X-Forwarded-Port": {"6"}}
			for name, client := range map[string]*http.Client{
				"HTTP/1.1": through(t, p.DataAddr(), row.head, nil, false), "HTTP/2": through(t, p.DataAddr(), row.head, nil, true),
			} {
				got := p.seen(client, "http", header)
				address, _, _ := strings.Cut(row.plain, " ")
				if want := row.plain + " [203.0.113.66, " + address + "] "; !strings.HasPrefix(got, want) {
					t.Errorf("%s, %s, %s: got %s, want %s", front, name, row.name, got, want)
				}
			}
			if got := p.seen(through(t, p.SecureAddr(), row.head, &tls.Config{RootCAs: s.pool}, false), "https", header); !strings.HasPrefix(got, row.inTLS+" [") {
				t.Errorf("%s, TLS, %s: got %s, want %s", front, row.name, got, row.inTLS)
			}
		}
		for name, head := range map[string]string{
			"no head": "", "another protocol": "PROXY UDP4 203.0.113.9 192.0.2.1 5555 80\r\n", "an endless line": "PROXY TCP4 " + strings.Repeat("1", 4096),
			"a long one": string(head2(0x21, "203.0.113.9:5555", "192.0.2.1:8080", make([]byte, 60_000))),
		} {
			if got := raw(t, p.DataAddr(), head+"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); got != 0 {
				t.Errorf("%s, %s: got %d, want to be hung up on", front, name, got)
			}
		}
		eventually(t, "the word of a proxy without a head", func() bool {
			return strings.Contains(log.String(), "a trusted proxy did not say whom it speaks for")
		})
	}
}

// Policies that ask for TLS believe a trusted proxy that its client speaks it.
func TestSecureTransportBehindProxies(t *testing.T) {
	t.Parallel()
	const secure = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*",` +
		`"Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}}`
	for _, trusted := range []bool{true, false} {
		f := newWebFunctions(t, map[string]func([]byte) (string, bool){"guard": says(secure)})
		g := start(t, f.as, func(c *server.Config) {
			if trusted {
				c.Peers.TrustedProxies = []string{"127.0.0.1"}
			}
		})
		web := g.webApi()
		guard, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &web.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", AuthorizerPayloadFormatVersion: aws.String("1.0"), IdentitySource: []string{},
			AuthorizerUri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"),
		})
		must(t, err)
		web.route("GET /", web.integrate(proxyTo(backend(t, echo))), func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId = "CUSTOM", guard.AuthorizerId
		})
		web.deploy("$default")
		for proto, want := range map[string]bool{"https": trusted, "http": false, "": false} {
			r := web.request("GET", "/", "")
			if proto != "" {
				r.Header.Set("X-Forwarded-Proto", proto)
			}
			if got := web.do(r); (got.StatusCode == 200) != want {
				t.Errorf("trusted %v, %q: got %d", trusted, proto, got.StatusCode)
			}
		}
	}
}
