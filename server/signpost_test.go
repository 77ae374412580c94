package server

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// testServer is a server that nothing was asked of yet.
func testServer(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	config := Default()
	config.DataDir, config.Listen, config.Management = "", "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	if change != nil {
		change(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// Without a console a browser at the management port is shown where to go; programs get
// what they always got.
func TestSignpost(t *testing.T) {
	s := testServer(t, func(c *Config) { c.Console = false })
	const page = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept string
		status               int
		kind, want           string
	}{
		{"GET", "/", page, 200, "text/html; charset=utf-8", "aws apigatewayv2 get-apis --endpoint-url http://127.0.0.1:"},
		{"GET", "/", "TEXT/HTML;q=0.5", 200, "text/html; charset=utf-8", "/healthz"},
		{"HEAD", "/", page, 200, "text/html; charset=utf-8", ""},
		{"GET", "/favicon.ico", page, 404, "text/html; charset=utf-8", "nothing at <code>/favicon.ico</code>"},
		{"GET", "/<script>", page, 404, "text/html; charset=utf-8", "&lt;script&gt;"},
		{"GET", "/console/", page, 404, "text/html; charset=utf-8", "/metrics"},
		{"GET", "/", "*/*", 404, "application/json", "Unable to determine service/operation"},
		{"GET", "/", "", 404, "application/json", "Unable to determine service/operation"},
		{"POST", "/", page, 404, "application/json", "Unable to determine service/operation"},
		{"GET", "/v2/apis", page, 200, "application/json", `{"items":[]}`},
		{"GET", "/v2/nothing", page, 404, "text/html; charset=utf-8", "/v2/apis"},
		{"GET", "/v2", page, 404, "text/html; charset=utf-8", "/v2/apis"},
		{"GET", "/v2/apis/nope", page, 404, "application/json", "Invalid API identifier"},
		{"DELETE", "/v2/apis", page, 405, "application/json", "not allowed"},
		{"GET", "/healthz", page, 200, "text/plain; charset=utf-8", "ok"},
	} {
		r := httptest.NewRequest(c.method, "http://127.0.0.1:8081"+c.path, nil)
		if c.accept != "" {
			r.Header.Set("Accept", c.accept)
		}
		w := httptest.NewRecorder()
		s.plane.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		if w.Code != c.status || w.Header().Get("Content-Type") != c.kind || !strings.Contains(string(body), c.want) {
			t.Errorf("%s %s, Accept %q: got %d %q %.200q, want %d %q with %q", c.method, c.path, c.accept, w.Code, w.Header().Get("Content-Type"), body, c.status, c.kind, c.want)
		}
		if c.method == http.MethodHead && len(body) > 0 {
			t.Errorf("HEAD: got a body %q", body)
		}
	}
}

// A browser at the management port is sent to the console, which has its own paths
// and no others.
func TestConsoleIsServed(t *testing.T) {
	s := testServer(t, nil)
	const page = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept, authorization string
		status                              int
		kind, to                            string
	}{
		{"GET", "/", page, "", 302, "text/html; charset=utf-8", "/console/"},
		{"HEAD", "/", page, "", 302, "text/html; charset=utf-8", "/console/"},
		{"GET", "/", page, "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=00", 404, "application/json", ""},
		{"GET", "/?X-Amz-Credential=AKID", page, "", 404, "application/json", ""},
		{"GET", "/", "*/*", "", 404, "application/json", ""},
		{"POST", "/", page, "", 404, "application/json", ""},
		{"GET", "/console/", page, "", 200, "text/html; charset=utf-8", ""},
		{"GET", "/console/live/x", "", "", 200, "text/html; charset=utf-8", ""},
		{"GET", "/consoles", page, "", 404, "application/json", ""},
		{"GET", "/v2/apis", page, "", 200, "application/json", ""},
		{"GET", "/healthz", page, "", 200, "text/plain; charset=utf-8", ""},
	} {
		r := httptest.NewRequest(c.method, "http://127.0.0.1:8081"+c.path, nil)
		r.Header.Set("Accept", c.accept)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		s.plane.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Content-Type") != c.kind || w.Header().Get("Location") != c.to {
			t.Errorf("%s %s, Accept %q: got %d %q to %q, want %d %q to %q", c.method, c.path, c.accept, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Location"), c.status, c.kind, c.to)
		}
	}
}

// A page of another site does not get even that.
func TestSignpostIsForThisSite(t *testing.T) {
	s, _ := serving(t, func(*Config) {})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.ManagementAddr()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	r.Header.Set("Accept", "text/html")
	r.Header.Set("User-Agent", "Mozilla/5.0")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("got %d for another Host, want 403", response.StatusCode)
	}
}

// What the start prints can be called.
func TestBannerCanBeDialled(t *testing.T) {
	for listen, want := range map[string]string{
		"[::]:0": "http://127.0.0.1:", "0.0.0.0:0": "http://127.0.0.1:", ":0": "http://127.0.0.1:", "127.0.0.1:0": "http://127.0.0.1:", "[::1]:0": "http://[::1]:",
	} {
		l, err := net.Listen("tcp", listen)
		if err != nil {
			t.Logf("%s: this machine has no such address: %v", listen, err)
			continue
		}
		l.Close()
		s := testServer(t, func(c *Config) { c.Listen = listen })
		_, rest, _ := strings.Cut(s.Banner(), "APIs on ")
		at, _, _ := strings.Cut(rest, ",")
		if !strings.HasPrefix(at, want) {
			t.Errorf("--listen %s: got %q in %q, want %s…", listen, at, s.Banner(), want)
			continue
		}
		c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
		if err != nil {
			t.Errorf("--listen %s: %s cannot be called: %v", listen, at, err)
			continue
		}
		c.Close()
		if wide := !strings.Contains(listen, "1"); wide != strings.Contains(s.Banner(), "APIs on every address") {
			t.Errorf("--listen %s: got %q, want every address named: %v", listen, s.Banner(), wide)
		}
	}
}
