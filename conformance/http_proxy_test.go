package conformance

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

func TestHTTPProxyPassesRequestsOn(t *testing.T) {
	at := backend(t, echo)
	a := start(t).webApi()
	in := proxyTo(at + "/store/{name}")
	in.RequestParameters = map[string]string{
		"append:header.X-Added": "${request.path.name}/${stageVariables.colour}", "overwrite:querystring.q": "$request.header.x-from", "remove:header.X-Gone": "''",
	}
	in.ResponseParameters = map[string]map[string]string{"200": {"overwrite:statuscode": "202", "append:header.X-Route": "$context.routeKey"}}
	a.route("POST /pets/{name}", a.integrate(in))
	a.deploy("prod", func(in *apigatewayv2.CreateStageInput) { in.StageVariables = map[string]string{"colour": "red"} })
	got := a.call("POST", "/prod/pets/a%2Fb?q=old&r=1", "a body", "X-From", "new", "X-Gone", "1", "X-Two", "1", "X-Two", "2", "Connection", "X-Own", "X-Own", "1", "X-Forwarded-For", "10.1.1.1")
	if got.StatusCode != 202 || got.body != "a body" {
		t.Errorf("got %d %q", got.StatusCode, got.body)
	}
	for name, want := range map[string]string{
		"X-Method": "POST", "X-Target": "/store/a%2Fb?r=1&q=new", "X-Host": strings.TrimPrefix(at, "http://"),
		"X-Got-X-Added": "a/b/red", "X-Got-X-Gone": "", "X-Got-X-Own": "", "X-Got-Connection": "", "X-Got-X-Two": "1,2",
		"X-Got-Via": "HTTP/1.1 AmazonAPIGateway", "X-Got-X-Forwarded-For": "",
		"X-Got-Forwarded": "for=10.1.1.1, for=127.0.0.1;host=" + a.id + ".execute-api.localhost;proto=http",
		"X-Route":         "POST /pets/{name}", "Content-Type": "text/plain",
	} {
		if got := strings.Join(got.Header.Values(name), ","); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// What a backend has written is there before it writes more, and so is what a
// client has sent.
func TestHTTPProxyStreams(t *testing.T) {
	turn := make(chan struct{})
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex()
		w.Header().Set("Trailer", "X-Sum")
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			fmt.Fprintf(w, "heard %s\n", lines.Text())
			_ = control.Flush()
			turn <- struct{}{}
		}
		w.Header().Set("X-Sum", "of "+r.Trailer.Get("X-Count"))
	})
	a := start(t).webApi()
	a.route("POST /talk", a.integrate(proxyTo(at)))
	a.deploy("$default")
	reader, writer := io.Pipe()
	r := a.request("POST", "/talk", "")
	r.Body, r.ContentLength = reader, -1
	r.Trailer = http.Header{"X-Count": nil}
	go func() {
		for i := range 3 {
			fmt.Fprintf(writer, "line %d\n", i)
			<-turn // the backend has answered, so it was not waiting for all of it
		}
		r.Trailer.Set("X-Count", "3")
		writer.Close()
	}()
	response, err := a.client.Do(r)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if string(body) != "heard line 0\nheard line 1\nheard line 2\n" {
		t.Errorf("got %q", body)
	}
	if got := response.Trailer.Get("X-Sum"); got != "of 3" {
		t.Errorf("trailer: got %q, want of 3", got)
	}
}

func TestHTTPProxyCarriesLongBodies(t *testing.T) {
	a := start(t).webApi()
	a.route("PUT /x", a.integrate(proxyTo(backend(t, echo))))
	a.deploy("$default")
	long := make([]byte, 9<<20)
	for i := range long {
		long[i] = byte(rand.IntN(256))
	}
	for name, length := range map[string]int64{"of known length": int64(len(long)), "in chunks": -1} {
		r := a.request("PUT", "/x", "")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(long)), length
		if got := a.do(r); sha256.Sum256([]byte(got.body)) != sha256.Sum256(long) {
			t.Errorf("%s: got %d and %d bytes that differ", name, got.StatusCode, len(got.body))
		}
	}
}

func TestHTTPProxySpeaksTLS(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it hears of the stranger
	secure.StartTLS()
	t.Cleanup(secure.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(secure.Certificate())
	for _, row := range []struct {
		name   string
		roots  *x509.CertPool
		status int
	}{{"trusted", trusted, 200}, {"stranger", x509.NewCertPool(), 503}} {
		a := start(t, func(c *server.Config) { c.HTTP.RootCAs = row.roots }).webApi()
		a.route("GET /x", a.integrate(proxyTo(secure.URL)))
		a.deploy("$default")
		if got := a.call("GET", "/x", ""); got.StatusCode != row.status {
			t.Errorf("%s: got %d, want %d", row.name, got.StatusCode, row.status)
		}
	}
}

func TestHTTPProxyFailures(t *testing.T) {
	held, release := make(chan struct{}), make(chan struct{})
	slow := backend(t, func(_ http.ResponseWriter, r *http.Request) {
		held <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	a := start(t).webApi()
	in := proxyTo(slow)
	in.TimeoutInMillis = aws.Int32(100)
	a.route("GET /slow", a.integrate(in))
	a.route("GET /gone", a.integrate(proxyTo("http://127.0.0.1:1/")))
	a.deploy("$default")
	go func() { <-held }()
	gatewayError(t, a.call("GET", "/slow", ""), 503, "Service Unavailable")
	gatewayError(t, a.call("GET", "/gone", ""), 503, "Service Unavailable")
}

// The targets of a VPC link are found by the link's id, and the stage is in the
// path.
func TestHTTPPrivateIntegration(t *testing.T) {
	at := backend(t, echo)
	g := start(t, func(c *server.Config) {
		c.VpcLinks = map[string][]string{"arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2": {strings.TrimPrefix(at, "http://")}}
	})
	link, err := g.sdk.CreateVpcLink(t.Context(), &apigatewayv2.CreateVpcLinkInput{Name: aws.String("inner"), SubnetIds: []string{"subnet-1"}})
	must(t, err)
	a := g.webApi()
	in := proxyTo("arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2")
	in.ConnectionType, in.ConnectionId = types.ConnectionTypeVpcLink, link.VpcLinkId
	a.route("ANY /{proxy+}", a.integrate(in))
	a.deploy("prod")
	got := a.call("GET", "/prod/inner/x?a=1", "")
	if got.StatusCode != 200 || got.Header.Get("X-Target") != "/prod/inner/x?a=1" || got.Header.Get("X-Host") != strings.TrimPrefix(at, "http://") {
		t.Errorf("got %d %v", got.StatusCode, got.Header)
	}
	elsewhere := proxyTo("arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/b/1/2")
	elsewhere.ConnectionType, elsewhere.ConnectionId = types.ConnectionTypeVpcLink, link.VpcLinkId
	a.route("GET /unmapped", a.integrate(elsewhere))
	a.deploy("prod")
	gatewayError(t, a.call("GET", "/prod/unmapped", ""), 500, "Internal Server Error")
}

func TestHTTPCors(t *testing.T) {
	at := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "theirs")
	})
	a := start(t).webApi(func(in *apigatewayv2.CreateApiInput) {
		in.CorsConfiguration = &types.Cors{
			AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"X-Own"},
			AllowCredentials: aws.Bool(true), MaxAge: aws.Int32(60), ExposeHeaders: []string{"X-Out"},
		}
	})
	a.route("GET /x", a.integrate(proxyTo(at)))
	a.deploy("$default")
	asked := a.call("OPTIONS", "/x", "", "Origin", "https://a.example", "Access-Control-Request-Method", "PUT")
	if got := fmt.Sprint(asked.StatusCode, asked.Header["Access-Control-Allow-Origin"], asked.Header["Access-Control-Allow-Methods"],
		asked.Header["Access-Control-Allow-Headers"], asked.Header["Access-Control-Max-Age"], asked.Header["Access-Control-Allow-Credentials"], asked.body); got !=
		"204 [https://a.example] [GET,PUT] [x-own] [60] [true]" {
		t.Errorf("preflight: got %s", got)
	}
	served := a.call("GET", "/x", "", "Origin", "https://a.example")
	if got := fmt.Sprint(served.Header["Access-Control-Allow-Origin"], served.Header["Access-Control-Expose-Headers"], served.Header["Vary"]); got != "[https://a.example] [x-out] [origin]" {
		t.Errorf("request: got %s", got)
	}
	_, err := a.sdk.DeleteCorsConfiguration(t.Context(), &apigatewayv2.DeleteCorsConfigurationInput{ApiId: &a.id})
	must(t, err)
	a.deploy("$default")
	if got := a.call("GET", "/x", "", "Origin", "https://a.example").Header["Access-Control-Allow-Origin"]; fmt.Sprint(got) != "[theirs]" {
		t.Errorf("without a configuration: got %v, want the backend's own", got)
	}
}

func TestHTTPThrottles(t *testing.T) {
	a := start(t).webApi()
	target := a.integrate(proxyTo(backend(t, echo)))
	a.route("GET /x", target)
	a.route("GET /y", target)
	a.deploy("$default", func(in *apigatewayv2.CreateStageInput) {
		in.RouteSettings = map[string]types.RouteSettings{"GET /x": {ThrottlingRateLimit: aws.Float64(0.001), ThrottlingBurstLimit: aws.Int32(2)}}
	})
	for i, want := range []int{200, 200, 429, 429} {
		got := a.call("GET", "/x", "")
		if got.StatusCode != want {
			t.Errorf("request %d: got %d, want %d", i, got.StatusCode, want)
		}
		if want == 429 {
			gatewayError(t, got, 429, "Too Many Requests")
		}
	}
	if got := a.call("GET", "/y", ""); got.StatusCode != 200 {
		t.Errorf("another route: got %d, want 200", got.StatusCode)
	}
}
