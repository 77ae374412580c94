package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/dragomantest"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Where signatures are verified Prometheus signs too, or reads at a listener that serves nothing
// else: series have the names of APIs.
func TestMetricsAreJudged(t *testing.T) {
	t.Parallel()
	g := startAsking(t, func(c *server.Config) { c.Metrics = "127.0.0.1:0" })
	get := func(address, path, id, secret string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+path, nil)
		must(t, err)
		if id != "" {
			s := sigv4.Signer{Region: "us-east-1", Service: "apigateway", Credentials: sigv4.Credentials{AccessKeyID: id, SecretAccessKey: credential.Secret(secret)}}
			must(t, s.Sign(r, sigv4.HashBytes(nil), time.Now()))
		}
		response, err := http.DefaultClient.Do(r)
		must(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		must(t, err)
		return response.StatusCode, string(text)
	}
	management, own := g.ManagementAddr(), g.faces.(*dragomantest.Gateway).MetricsAddr()
	for _, row := range []struct {
		what, address, path, id, secret string
		status                          int
		has                             string
	}{
		{"nobody", management, "/metrics", "", "", 403, "Missing Authentication Token"},
		{"a wrong secret", management, "/metrics", "AKIDFULL", "wrong", 403, "signature"},
		{"a key", management, "/metrics", "AKIDFULL", fullSecret, 200, "dragoman_store_revision"},
		{"a key that reads", management, "/metrics", "AKIDREADER", readerSecret, 200, "dragoman_store_revision"},
		{"a load balancer", management, "/healthz", "", "", 200, ""},
		{"Prometheus", own, "/metrics", "", "", 200, "dragoman_store_revision"},
		{"a probe", own, "/readyz", "", "", 200, ""},
		{"a probe", own, "/healthz", "", "", 200, ""},
		{"a client", own, "/v2/apis", "", "", 404, ""},
		{"a client who signs", own, "/v2/apis", "AKIDFULL", fullSecret, 404, ""},
		{"a client", own, "/_dragoman/settings", "", "", 404, ""},
		{"a client", own, "/console/", "", "", 404, ""},
	} {
		if status, text := get(row.address, row.path, row.id, row.secret); status != row.status || !strings.Contains(text, row.has) {
			t.Errorf("%s at %s: got %d %.200s, want %d with %q", row.what, row.path, status, text, row.status, row.has)
		}
	}
}
