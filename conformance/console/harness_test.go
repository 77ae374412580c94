package console

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/dragomantest"
	"github.com/dragoman-gateway/dragoman/server"
)

// patience bounds each wait for the page. It is long, for machines under load: whatever
// must be quick is measured by its own journey.
const patience = 30 * time.Second

// gateway is a running server, with an SDK client that points at it.
type gateway struct {
	*server.Server
	t   *testing.T
	sdk *apigatewayv2.Client
	url string // of the management listener, without a slash at its end
}

// start runs a gateway on free ports, in memory unless told otherwise, until the test ends.
func start(t *testing.T, change ...func(*server.Config)) *gateway {
	t.Helper()
	g := dragomantest.Start(t, change...)
	return &gateway{Server: g.Server, t: t, sdk: sdk(g.Management), url: g.Management}
}

func sdk(url string) *apigatewayv2.Client { return sdkOf(url, "AKIDEXAMPLE", "secret") }

// sdkOf is a client that signs with a key.
func sdkOf(url, id, secret string) *apigatewayv2.Client {
	return apigatewayv2.New(apigatewayv2.Options{
		BaseEndpoint: aws.String(url), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
		}),
	})
}

// must fails a journey that cannot go on.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call makes a call of the management listener, which is answered with JSON or nothing.
func (g *gateway) call(method, path, body string) (answer map[string]any) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	must(g.t, err)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	must(g.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(g.t, err)
	if response.StatusCode/100 != 2 {
		g.t.Fatalf("%s %s: got %d %s", method, path, response.StatusCode, text)
	}
	if len(text) > 0 {
		must(g.t, json.Unmarshal(text, &answer))
	}
	return answer
}

// get asks an HTTP API's stage $default for a path, and answers with status and body.
func (g *gateway) get(api, path string) (status int, body string) {
	g.t.Helper()
	response, err := http.Get("http://" + g.DataAddr() + "/_aws/execute-api/" + api + path)
	must(g.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(g.t, err)
	return response.StatusCode, string(text)
}

// told is a record, as far as journeys look at it.
type told struct {
	ID, Kind, Summary, Connection string
	Status                        int
}

// traces waits for records that fit a query, which begins with ?, newest first.
func (g *gateway) traces(query string) []told {
	g.t.Helper()
	var found struct{ Traces []told }
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		text, err := json.Marshal(g.call("GET", "/_dragoman/traces"+query, ""))
		must(g.t, err)
		must(g.t, json.Unmarshal(text, &found))
		if len(found.Traces) > 0 {
			return found.Traces
		}
	}
	g.t.Fatalf("there is no trace of %s", query)
	return nil
}

// file writes a file of the test's own.
func file(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
