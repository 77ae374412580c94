package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// identified is a client's certificate whose name is in the order of AWS's sample,
// with an e-mail address.
func (s *signer) identified(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	var name pkix.RDNSequence
	for _, a := range []struct {
		oid   asn1.ObjectIdentifier
		value any
	}{
		{asn1.ObjectIdentifier{2, 5, 4, 6}, "US"}, {asn1.ObjectIdentifier{2, 5, 4, 8}, "Washington"}, {asn1.ObjectIdentifier{2, 5, 4, 7}, "Seattle"},
		{asn1.ObjectIdentifier{2, 5, 4, 10}, "Example, Inc."}, {asn1.ObjectIdentifier{2, 5, 4, 11}, "Security"}, {asn1.ObjectIdentifier{2, 5, 4, 3}, "My Client"},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("me@example.com")}},
	} {
		name = append(name, pkix.RelativeDistinguishedNameSET{{Type: a.oid, Value: a.value}})
	}
	raw, err := asn1.Marshal(name)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), RawSubject: raw, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.cert, &key.PublicKey, s.key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// shownCert is clientCert as events have it.
type shownCert struct {
	ClientCertPem, SubjectDN, IssuerDN, SerialNumber string
	Validity                                         struct{ NotBefore, NotAfter string }
}

// certIn finds clientCert where an event of any kind has it.
func certIn(t *testing.T, event json.RawMessage) (c shownCert) {
	t.Helper()
	var e struct {
		RequestContext struct {
			Authentication struct{ ClientCert *shownCert }
			Identity       struct{ ClientCert *shownCert }
		}
	}
	must(t, json.Unmarshal(event, &e))
	switch {
	case e.RequestContext.Authentication.ClientCert != nil:
		return *e.RequestContext.Authentication.ClientCert
	case e.RequestContext.Identity.ClientCert != nil:
		return *e.RequestContext.Identity.ClientCert
	}
	t.Errorf("there is no clientCert in %s", event)
	return c
}

// TestClientCertIsTheSameEverywhere: one certificate, in the events of functions
// and authorizers of both formats, of a WebSocket API, and in a log.
func TestClientCertIsTheSameEverywhere(t *testing.T) {
	const allow = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`
	dir, s, clients := t.TempDir(), newSigner(t), newSigner(t)
	trust, log := filepath.Join(dir, "trust.pem"), filepath.Join(dir, "log")
	must(t, os.WriteFile(trust, clients.pem, 0o600))
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){
		"talk": says(`{"statusCode":200}`), "guard1": says(allow), "guard2": says(allow), "socket": says(`{"statusCode":200}`), "guardsocket": says(allow),
	})
	g := start(t, f.as, func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{ownCertificate: s.write(t, dir, "server", "*.example.com")}
		c.Domains.Truststores = map[string]string{"s3://bucket/trust.pem": trust}
		c.Observe.AccessLogs = map[string]string{"*": log}
	})
	mutual := func(in *apigatewayv2.CreateDomainNameInput) {
		in.MutualTlsAuthentication = &types.MutualTlsAuthenticationInput{TruststoreUri: aws.String("s3://bucket/trust.pem")}
	}
	named := func(name string) *string {
		return aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:"+name))
	}
	const format = `$context.requestId|$context.identity.clientCert.subjectDN|$context.identity.clientCert.issuerDN|$context.identity.clientCert.serialNumber|$context.identity.clientCert.validity.notAfter`
	logging := &types.AccessLogSettings{DestinationArn: aws.String(webGroup), Format: aws.String(format)}

	web := g.webApi()
	for _, version := range []string{"1.0", "2.0"} {
		made, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &web.id, Name: aws.String(version), AuthorizerType: "REQUEST", IdentitySource: []string{},
			AuthorizerPayloadFormatVersion: aws.String(version), AuthorizerUri: named("guard" + version[:1]),
		})
		must(t, err)
		web.route("GET /"+version, web.integrate(invoking(version)), func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId = "CUSTOM", made.AuthorizerId
		})
	}
	web.deploy("$default", func(in *apigatewayv2.CreateStageInput) { in.AccessLogSettings = logging })
	g.domain("web.example.com", mutual)
	g.mapped("web.example.com", "", web.id, "$default")

	sockets := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: named("socket")},
		apigatewayv2.CreateIntegrationResponseInput{})
	made, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &sockets.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{}, AuthorizerUri: named("guardsocket"),
	})
	must(t, err)
	connect := sockets.addRoute("$connect", false)
	_, err = g.sdk.UpdateRoute(t.Context(), &apigatewayv2.UpdateRouteInput{ApiId: &sockets.id, RouteId: &connect, AuthorizationType: "CUSTOM", AuthorizerId: made.AuthorizerId})
	must(t, err)
	_, err = g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &sockets.id, StageName: aws.String("prod"), AccessLogSettings: logging})
	must(t, err)
	sockets.deploy()
	g.domain("sockets.example.com", mutual)
	g.mapped("sockets.example.com", "", sockets.id, "prod")

	client := g.secureClient(s, clients.identified(t))
	var want shownCert
	same := func(what, function string) {
		t.Helper()
		var event json.RawMessage
		f.last(t, function, &event)
		got := certIn(t, event)
		if want == (shownCert{}) {
			want = got
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	for _, version := range []string{"2.0", "1.0"} {
		if status, _, body, err := get(t, client, "https://web.example.com/"+version); err != nil || status != 200 {
			t.Fatalf("%s: got %d %s %v", version, status, body, err)
		}
		same("function "+version, "talk")
		same("authorizer "+version, "guard"+version[:1])
	}
	if want.SubjectDN != `C=US,ST=Washington,L=Seattle,O=Example\, Inc.,OU=Security,CN=My Client,emailAddress=me@example.com` ||
		want.IssuerDN != "CN=authority" || want.SerialNumber != "1" || !strings.HasPrefix(want.ClientCertPem, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("got %+v", want)
	}

	// The handshake needs HTTP/1.1.
	old := client.Transport.(*http.Transport).Clone()
	old.ForceAttemptHTTP2, old.TLSClientConfig.NextProtos = false, []string{"http/1.1"}
	t.Cleanup(old.CloseIdleConnections)
	conn, _, err := websocket.Dial(t.Context(), "wss://sockets.example.com/", &websocket.DialOptions{HTTPClient: &http.Client{Transport: old}})
	must(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	same("authorizer of $connect", "guardsocket")
	same("$connect", "socket")
	sockets.ask(conn, `{"action":"ask"}`)
	same("a message", "socket")

	for _, line := range logged(t, log, 4) {
		_, told, _ := strings.Cut(line, "|")
		if wanted := strings.Join([]string{want.SubjectDN, want.IssuerDN, want.SerialNumber, want.Validity.NotAfter}, "|"); told != wanted {
			t.Errorf("the log says %s, want %s", told, wanted)
		}
	}
}
