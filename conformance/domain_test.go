package conformance

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
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

const ownCertificate = "arn:aws:acm:us-east-1:000000000000:certificate/one"

// domain makes a custom domain.
func (g *gateway) domain(name string, change ...func(*apigatewayv2.CreateDomainNameInput)) {
	g.t.Helper()
	in := &apigatewayv2.CreateDomainNameInput{DomainName: &name, DomainNameConfigurations: []types.DomainNameConfiguration{
		{CertificateArn: aws.String(ownCertificate), EndpointType: types.EndpointTypeRegional, SecurityPolicy: types.SecurityPolicyTls12},
	}}
	for _, c := range change {
		c(in)
	}
	_, err := g.sdk.CreateDomainName(g.t.Context(), in)
	must(g.t, err)
}

// mapped maps a key of a domain to a stage of an API.
func (g *gateway) mapped(domain, key, api, stage string) string {
	g.t.Helper()
	out, err := g.sdk.CreateApiMapping(g.t.Context(), &apigatewayv2.CreateApiMappingInput{
		DomainName: &domain, ApiMappingKey: &key, ApiId: &api, Stage: &stage,
	})
	must(g.t, err)
	return *out.ApiMappingId
}

// shop is an HTTP API that answers with its name, the path that it was asked for
// and the base path that was matched.
func (g *gateway) shop(name string) *webApi {
	a := g.webApi()
	integration := proxyTo(backend(g.t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, name+" "+r.URL.Path+" "+r.Header.Get("Base")+" "+r.Header.Get("Subject"))
	}))
	integration.RequestParameters = map[string]string{
		"overwrite:path":           "$request.path",
		"overwrite:header.base":    "$context.customDomain.basePathMatched",
		"overwrite:header.subject": "$context.identity.clientCert.subjectDN",
	}
	a.route("$default", a.integrate(integration))
	return a.deploy("$default")
}

func (a *webApi) expect(host, path, want string, header ...string) {
	a.t.Helper()
	got := a.call("GET", path, "", append(header, "Host", host)...)
	if strings.TrimSpace(got.body) != want {
		a.t.Errorf("%s%s: got %d %s, want %s", host, path, got.StatusCode, got.body, want)
	}
}

const forbidden = `{"message":"Forbidden"}`

func TestCustomDomainOfHTTPApis(t *testing.T) {
	g := start(t)
	one, two := g.shop("one"), g.shop("two")
	g.domain("api.example.com")
	g.domain("*.example.com")
	orders := g.mapped("api.example.com", "orders", two.id, "$default")
	one.expect("api.example.com", "/other", forbidden)
	g.mapped("api.example.com", "", one.id, "$default")
	g.mapped("*.example.com", "any", two.id, "$default")
	one.expect("api.example.com", "/orders/1", "two /1 orders")
	one.expect("api.example.com:8080", "/orders", "two / orders")
	one.expect("api.example.com", "/ordersandmore", "one /ordersandmore (none)")
	one.expect("API.example.com", "/pets", "one /pets (none)")
	one.expect("other.example.com", "/any/pets", "two /pets any")
	one.expect("other.example.com", "/pets", forbidden)
	one.expect("example.com", "/pets", forbidden)

	g.mapped("api.example.com", "orders/v2/items", one.id, "$default")
	one.expect("api.example.com", "/orders/v2/items/5", "one /5 orders/v2/items")
	one.expect("api.example.com", "/ordersandmore", "two /andmore orders")
	_, err := g.sdk.DeleteApiMapping(t.Context(), &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String("api.example.com"), ApiMappingId: &orders})
	must(t, err)
	one.expect("api.example.com", "/orders/1", "one /orders/1 (none)")
	_, err = g.sdk.DeleteDomainName(t.Context(), &apigatewayv2.DeleteDomainNameInput{DomainName: aws.String("api.example.com")})
	must(t, err)
	one.expect("api.example.com", "/any/1", "two /1 any") // now the wildcard's
}

func TestRoutingRules(t *testing.T) {
	g := start(t)
	one, two := g.shop("one"), g.shop("two")
	g.domain("api.example.com", func(in *apigatewayv2.CreateDomainNameInput) {
		in.RoutingMode = types.RoutingModeRoutingRuleThenApiMapping
	})
	g.mapped("api.example.com", "", one.id, "$default")
	_, err := g.sdk.CreateRoutingRule(t.Context(), &apigatewayv2.CreateRoutingRuleInput{
		DomainName: aws.String("api.example.com"), Priority: aws.Int32(10),
		Conditions: []types.RoutingRuleCondition{
			{MatchHeaders: &types.RoutingRuleMatchHeaders{AnyOf: []types.RoutingRuleMatchHeaderValue{{Header: aws.String("x-version"), ValueGlob: aws.String("beta*")}}}},
			{MatchBasePaths: &types.RoutingRuleMatchBasePaths{AnyOf: []string{"shop"}}},
		},
		Actions: []types.RoutingRuleAction{{InvokeApi: &types.RoutingRuleActionInvokeApi{ApiId: &two.id, Stage: aws.String("$default"), StripBasePath: aws.Bool(true)}}},
	})
	must(t, err)
	one.expect("api.example.com", "/shop/dogs", "two /dogs shop", "X-Version", "beta2")
	one.expect("api.example.com", "/shop/dogs", "one /shop/dogs (none)", "X-Version", "1")
	for mode, want := range map[types.RoutingMode]string{types.RoutingModeRoutingRuleOnly: forbidden, types.RoutingModeApiMappingOnly: "one /shop/dogs (none)"} {
		_, err := g.sdk.UpdateDomainName(t.Context(), &apigatewayv2.UpdateDomainNameInput{DomainName: aws.String("api.example.com"), RoutingMode: mode})
		must(t, err)
		one.expect("api.example.com", "/shop/dogs", want, "X-Version", "1")
	}
}

func TestDisabledEndpoint(t *testing.T) {
	g := start(t)
	a := g.shop("one")
	g.domain("api.example.com")
	g.mapped("api.example.com", "", a.id, "$default")
	_, err := g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &a.id, DisableExecuteApiEndpoint: aws.Bool(true)})
	must(t, err)
	a.deploy("$default")
	gatewayError(t, a.call("GET", "/pets", ""), 404, "Not Found")
	gatewayError(t, a.call("GET", "/_aws/execute-api/"+a.id+"/pets", "", "Host", "localhost"), 404, "Not Found")
	a.expect("api.example.com", "/pets", "one /pets (none)")

	socket := mockApi(g, "pong")
	_, err = g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &socket.id, DisableExecuteApiEndpoint: aws.Bool(true)})
	must(t, err)
	socket.deploy()
	socket.expectHandshake("the default endpoint", 403, "Forbidden")
}

func TestCustomDomainOfAWebSocketApi(t *testing.T) {
	g := start(t, func(c *server.Config) { c.Credentials = writeKeys(t, keyFile) })
	a := mockApi(g, "$context.connectionId $context.domainName")
	g.domain("ws.example.com")
	g.mapped("ws.example.com", "chat", a.id, "prod")
	dial := func(path string) (*websocket.Conn, *http.Response, error) {
		return websocket.Dial(t.Context(), "ws://"+g.DataAddr()+path, &websocket.DialOptions{Host: "ws.example.com"})
	}
	for _, path := range []string{"/", "/other", "/chat/more", "/prod"} {
		if _, response, err := dial(path); err == nil || response.StatusCode != 403 {
			t.Errorf("%s: got %v, want 403", path, err)
		}
	}
	conn, _, err := dial("/chat?token=1")
	must(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	id, domain, _ := strings.Cut(a.ask(conn, `{"action":"ask"}`), " ")
	if domain != "ws.example.com" {
		t.Errorf("$context.domainName: got %q, want ws.example.com", domain)
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+g.DataAddr()+"/chat/@connections/"+id, strings.NewReader("hello"))
	must(t, err)
	r.Host = "ws.example.com" // no name of this machine: whoever posts must have a key
	must(t, v4.NewSigner().SignHTTP(t.Context(), full, r, sigv4.HashBytes([]byte("hello")), "execute-api", "us-east-1", time.Now()))
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Fatalf("@connections: got %d, want 200", response.StatusCode)
	}
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "hello" {
		t.Errorf("got %q %v, want hello", frame, err)
	}
}

// signer is a certificate authority.
type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
	pem  []byte
}

func newSigner(t *testing.T) *signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	s := &signer{key: key, pool: x509.NewCertPool(), pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	s.cert, err = x509.ParseCertificate(der)
	must(t, err)
	s.pool.AddCert(s.cert)
	return s
}

// sign answers a certificate and its key, in PEM.
func (s *signer) sign(t *testing.T, subject string, hosts ...string) (cert, key []byte) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: subject}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.cert, &private.PublicKey, s.key)
	must(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

// write puts a certificate for hosts into dir and answers the flag's value.
func (s *signer) write(t *testing.T, dir, subject string, hosts ...string) string {
	cert, key := s.sign(t, subject, hosts...)
	must(t, os.WriteFile(filepath.Join(dir, "cert.pem"), cert, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "key.pem"), key, 0o600))
	return filepath.Join(dir, "cert.pem") + "," + filepath.Join(dir, "key.pem")
}

// secureClient is a client that finds every host at the TLS listener.
func (g *gateway) secureClient(s *signer, certs ...tls.Certificate) *http.Client {
	transport := &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: s.pool, Certificates: certs},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, g.SecureAddr())
		},
	}
	g.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, client *http.Client, url string, host ...string) (status int, protocol, body string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	must(t, err)
	if len(host) > 0 {
		r.Host = host[0]
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Proto, strings.TrimSpace(string(text)), err
}

func TestTLS(t *testing.T) {
	dir, s := t.TempDir(), newSigner(t)
	pair := s.write(t, dir, "first", "*.example.com")
	g := start(t, func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{ownCertificate: pair}
	})
	web, socket := g.shop("one"), mockApi(g, "pong")
	g.domain("api.example.com")
	g.mapped("api.example.com", "", web.id, "$default")
	g.domain("ws.example.com")
	g.mapped("ws.example.com", "", socket.id, "prod")
	client := g.secureClient(s)
	status, protocol, body, err := get(t, client, "https://api.example.com/pets")
	if err != nil || status != 200 || protocol != "HTTP/2.0" || body != "one /pets (none)" {
		t.Errorf("got %d %s %q %v, want 200 over HTTP/2.0", status, protocol, body, err)
	}
	conn, _, err := websocket.Dial(t.Context(), "wss://ws.example.com/", &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: s.pool},
		DialContext:     client.Transport.(*http.Transport).DialContext,
	}}})
	must(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	if got := socket.ask(conn, `{"action":"ask"}`); got != "pong" {
		t.Errorf("over TLS: got %q, want pong", got)
	}
	if _, _, _, err := get(t, client, "https://"+web.id+".execute-api.localhost/pets"); err == nil {
		t.Error("a host without a certificate: got an answer")
	}
	s.write(t, dir, "second", "*.example.com")
	eventually(t, "the new certificate", func() bool {
		fresh := g.secureClient(s)
		response, err := fresh.Get("https://api.example.com/")
		must(t, err)
		response.Body.Close()
		return response.TLS.PeerCertificates[0].Subject.CommonName == "second"
	})
}

func TestMutualTLS(t *testing.T) {
	dir, s, clients := t.TempDir(), newSigner(t), newSigner(t)
	pair, trust := s.write(t, dir, "server", "*.example.com"), filepath.Join(dir, "trust.pem")
	must(t, os.WriteFile(trust, bytes.Join([][]byte{s.pem, clients.pem}, nil), 0o600))
	g := start(t, func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{ownCertificate: pair}
		c.Domains.Truststores = map[string]string{"s3://bucket/trust.pem": trust}
	})
	a := g.shop("one")
	g.domain("open.example.com")
	g.mapped("open.example.com", "", a.id, "$default")
	g.domain("mutual.example.com", func(in *apigatewayv2.CreateDomainNameInput) {
		in.MutualTlsAuthentication = &types.MutualTlsAuthenticationInput{TruststoreUri: aws.String("s3://bucket/trust.pem")}
	})
	g.mapped("mutual.example.com", "", a.id, "$default")

	own := func(s *signer) tls.Certificate {
		pair, err := tls.X509KeyPair(s.sign(t, "somebody"))
		must(t, err)
		return pair
	}
	known := g.secureClient(s, own(clients))
	if status, _, body, err := get(t, known, "https://mutual.example.com/pets"); err != nil || status != 200 || body != "one /pets (none) CN=somebody" {
		t.Errorf("a known client: got %d %q %v", status, body, err)
	}
	for name, client := range map[string]*http.Client{"nobody": g.secureClient(s), "a stranger": g.secureClient(s, own(newSigner(t)))} {
		if status, _, body, err := get(t, client, "https://mutual.example.com/pets"); err == nil {
			t.Errorf("%s: got %d %s, want no connection", name, status, body)
		}
	}
	// Neither the name of another domain nor the listener without TLS is a way
	// past mutual TLS.
	if status, _, body, err := get(t, g.secureClient(s), "https://open.example.com/pets", "mutual.example.com"); err != nil || status != 403 || body != forbidden {
		t.Errorf("through another domain: got %d %s %v, want 403", status, body, err)
	}
	a.expect("mutual.example.com", "/pets", forbidden)
	a.expect("open.example.com", "/pets", "one /pets (none)")
	// A connection that is kept is judged by today's truststore, over HTTP/1.1 too.
	older := g.secureClient(s, own(clients))
	older.Transport.(*http.Transport).ForceAttemptHTTP2 = false
	older.Transport.(*http.Transport).TLSClientConfig.NextProtos = []string{"http/1.1"}
	if status, protocol, _, err := get(t, older, "https://mutual.example.com/pets"); err != nil || status != 200 || protocol != "HTTP/1.1" {
		t.Fatalf("an older client: got %d %s %v", status, protocol, err)
	}
	must(t, os.WriteFile(trust, s.pem, 0o600))
	for name, client := range map[string]*http.Client{"HTTP/2": known, "HTTP/1.1": older} {
		kept := false
		eventually(t, "the new truststore, over "+name, func() bool {
			traced := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { kept = i.Reused }})
			r, err := http.NewRequestWithContext(traced, "GET", "https://mutual.example.com/pets", nil)
			must(t, err)
			response, err := client.Do(r)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			return response.StatusCode == 403 && kept
		})
	}
}

func TestDomainFlagsRefuse(t *testing.T) {
	for says, change := range map[string]func(*server.DomainsConfig){
		"--listen-tls \"x\"":   func(c *server.DomainsConfig) { c.Listen = "x" },
		"needs certificates":   func(c *server.DomainsConfig) { c.Listen = "127.0.0.1:0" },
		"need --listen-tls":    func(c *server.DomainsConfig) { c.AcmeEmail = "me@example.com" },
		"want ARN=CERT,KEY":    func(c *server.DomainsConfig) { c.Certificates = map[string]string{ownCertificate: "cert.pem"} },
		"want s3://BUCKET/KEY": func(c *server.DomainsConfig) { c.Truststores = map[string]string{"bucket": "f"} },
		"want a URL":           func(c *server.DomainsConfig) { c.Listen, c.AcmeDirectory = "127.0.0.1:0", "acme" },
		"no such file": func(c *server.DomainsConfig) {
			c.Listen, c.Certificates = "127.0.0.1:0", map[string]string{ownCertificate: "/nowhere/a.pem,/nowhere/b.pem"}
		},
	} {
		c := server.Default()
		c.DataDir, c.Listen, c.Management = "", "127.0.0.1:0", "127.0.0.1:0"
		change(&c.Domains)
		if _, err := server.New(c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %s", err, says)
		}
	}
}
