package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// webApi is an HTTP API; its $default stage deploys by itself.
type webApi struct {
	*gateway
	id     string
	client *http.Client
}

// webApi makes an HTTP API without routes.
func (g *gateway) webApi(change ...func(*apigatewayv2.CreateApiInput)) *webApi {
	g.t.Helper()
	in := &apigatewayv2.CreateApiInput{Name: aws.String("web"), ProtocolType: types.ProtocolTypeHttp}
	for _, c := range change {
		c(in)
	}
	api, err := g.sdk.CreateApi(g.t.Context(), in)
	must(g.t, err)
	return newWebApi(g, *api.ApiId)
}

func newWebApi(g *gateway, id string) *webApi {
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
	g.t.Cleanup(transport.CloseIdleConnections)
	return &webApi{g, id, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// proxyTo is an integration that forwards to a URI with the client's method.
func proxyTo(uri string) apigatewayv2.CreateIntegrationInput {
	return apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("ANY"),
		IntegrationUri: aws.String(uri), PayloadFormatVersion: aws.String("1.0"),
	}
}

// invoking is an integration that invokes the function "talk".
func invoking(version string) apigatewayv2.CreateIntegrationInput {
	return apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkArn), PayloadFormatVersion: aws.String(version),
	}
}

func (a *webApi) integrate(in apigatewayv2.CreateIntegrationInput) string {
	a.t.Helper()
	in.ApiId = &a.id
	out, err := a.sdk.CreateIntegration(a.t.Context(), &in)
	must(a.t, err)
	return *out.IntegrationId
}

// route adds a route to an integration; change may ask for an authorizer.
func (a *webApi) route(key, integration string, change ...func(*apigatewayv2.CreateRouteInput)) string {
	a.t.Helper()
	in := &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: &key, Target: aws.String("integrations/" + integration)}
	for _, c := range change {
		c(in)
	}
	out, err := a.sdk.CreateRoute(a.t.Context(), in)
	must(a.t, err)
	return *out.RouteId
}

// deploy makes a stage with what is configured now, or deploys to it.
func (a *webApi) deploy(stage string, change ...func(*apigatewayv2.CreateStageInput)) *webApi {
	a.t.Helper()
	in := &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: &stage}
	for _, c := range change {
		c(in)
	}
	if _, err := a.sdk.GetStage(a.t.Context(), &apigatewayv2.GetStageInput{ApiId: &a.id, StageName: &stage}); err != nil {
		_, err := a.sdk.CreateStage(a.t.Context(), in)
		must(a.t, err)
	}
	_, err := a.sdk.CreateDeployment(a.t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &a.id, StageName: &stage})
	must(a.t, err)
	return a
}

// heard is an answer whose body was read.
type heard struct {
	*http.Response
	body string
}

// request makes a request for a path of the API; nothing is sent yet.
func (a *webApi) request(method, path, body string, header ...string) *http.Request {
	a.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(a.t.Context(), method, "http://"+a.DataAddr()+path, reader)
	must(a.t, err)
	r.Host = a.id + ".execute-api.localhost"
	for i := 0; i < len(header); i += 2 {
		if strings.EqualFold(header[i], "host") {
			r.Host = header[i+1]
			continue
		}
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func (a *webApi) do(r *http.Request) heard {
	a.t.Helper()
	response, err := a.client.Do(r)
	must(a.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(a.t, err)
	return heard{response, string(body)}
}

func (a *webApi) call(method, path, body string, header ...string) heard {
	a.t.Helper()
	return a.do(a.request(method, path, body, header...))
}

// gatewayError holds an answer against the form of the gateway's own errors.
func gatewayError(t *testing.T, got heard, status int, message string) {
	t.Helper()
	if got.StatusCode != status || got.body != `{"message":"`+message+`"}` {
		t.Errorf("got %d %s, want %d %s", got.StatusCode, got.body, status, message)
	}
	if kind := got.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("content-type: got %q, want application/json", kind)
	}
	if id := got.Header.Get("apigw-requestid"); len(id) != 16 || !strings.HasSuffix(id, "=") {
		t.Errorf("apigw-requestid: got %q, want 15 characters and =", id)
	}
	if got.Header.Get("x-amzn-requestid") != "" || got.Header.Get("Date") == "" {
		t.Errorf("header: got %v", got.Header)
	}
}

// echo answers with what reached it.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Method", r.Method)
	w.Header().Set("X-Target", r.RequestURI)
	w.Header().Set("X-Host", r.Host)
	for name, values := range r.Header {
		w.Header()["X-Got-"+name] = values
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(body)
}
