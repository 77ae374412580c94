package console

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// keyFile has a key that may everything, one that only reads and one of some APIs.
const keyFile = "[all]\naws_access_key_id = AKIDALL\naws_secret_access_key = secret-of-all\n" +
	"[reader]\naws_access_key_id = AKIDREADER\naws_secret_access_key = secret-of-reader\ndragoman_policy = read-only\n" +
	"[some]\naws_access_key_id = AKIDSOME\naws_secret_access_key = secret-of-some\ndragoman_apis = a1b2c3d4e5\n"

// signed makes a gateway ask for signatures.
func signed(t *testing.T) func(*server.Config) {
	path := file(t, "keys", keyFile)
	return func(c *server.Config) { c.Auth, c.Credentials = "sigv4", path }
}

// spoken is a log that is read while it is written.
type spoken struct {
	mu   sync.Mutex // Protects text.
	text bytes.Buffer
}

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *spoken) into(c *server.Config) { c.Logger = slog.New(slog.NewTextHandler(s, nil)) }

// ask asks with a Host and header lines, signed where there is a signer.
func (g *gateway) ask(signer *sigv4.Signer, method, path, host string, header ...string) *http.Response {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, nil)
	must(g.t, err)
	if host != "" {
		r.Host = host
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if signer != nil {
		must(g.t, signer.Sign(r, sigv4.HashBytes(nil), time.Now()))
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	must(g.t, err)
	answer.Body.Close()
	return answer
}

func signerOf(id, secret string) *sigv4.Signer {
	return &sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: id, SecretAccessKey: credential.Secret(secret)}, Region: "us-east-1", Service: "apigateway"}
}

// Pages of other sites, and names that are made to mean this machine, get nothing of the
// console and of our own operations, signed or not, to read or to write.
func TestStrangersGetNothing(t *testing.T) {
	open, closed := start(t), start(t, signed(t))
	key := signerOf("AKIDALL", "secret-of-all")
	for _, row := range []struct {
		host         string
		header       []string
		open, closed bool // whether they are let in
	}{
		{"", nil, true, true},
		{"", []string{"Sec-Fetch-Site", "none"}, true, true},
		{"", []string{"Sec-Fetch-Site", "same-origin"}, true, true},
		{"", []string{"Sec-Fetch-Site", "same-site"}, false, false},
		{"", []string{"Sec-Fetch-Site", "cross-site"}, false, false},
		{"", []string{"Origin", "http://evil.example"}, false, false},
		{"", []string{"Origin", "null"}, false, false},
		{"", []string{"Origin", "http://127.0.0.1:1"}, false, false}, // another port is another origin
		{"localhost:8081", []string{"Origin", "http://localhost:8081"}, true, true},
		{"localhost:8081", []string{"Origin", "http://127.0.0.1:8081"}, false, false},
		{"evil.example", nil, false, true}, // a name of the gateway, for all that a verified signature needs
		{"evil.example", []string{"Origin", "http://evil.example"}, false, true},
		{"gateway.example", []string{"Origin", "https://gateway.example"}, false, true}, // behind a proxy that took TLS away
		{"gateway.example", []string{"Origin", "https://evil.example"}, false, false},
	} {
		for _, path := range []string{"/console/", "/console/js/main.js", "/_dragoman/settings", "/_dragoman/configuration"} {
			if got := open.ask(nil, "GET", path, row.host, row.header...).StatusCode; (got == 200) != row.open || !row.open && got != 403 {
				t.Errorf("GET %s of %q with %v: got %d", path, row.host, row.header, got)
			}
			if got := closed.ask(key, "GET", path, row.host, row.header...).StatusCode; (got == 200) != row.closed || !row.closed && got != 403 {
				t.Errorf("signed GET %s of %q with %v: got %d", path, row.host, row.header, got)
			}
		}
	}
}

// Nothing but the console's own files, and whether the gateway lives, is told to whoever has no key.
func TestNothingUnsignedButFiles(t *testing.T) {
	g := start(t, signed(t))
	for path, want := range map[string]int{
		"/console/": 200, "/console/js/api.js": 200, "/console/live/x": 200, "/healthz": 200,
		"/_dragoman/settings": 403, "/_dragoman/configuration": 403, "/v2/apis": 403, "/_dragoman/console/code": 403, "/console/../v2/apis": 404,
	} {
		answer := g.ask(nil, "GET", path, "")
		if answer.StatusCode != want || len(answer.Cookies()) > 0 {
			t.Errorf("%s: got %d and cookies %v, want %d", path, answer.StatusCode, answer.Cookies(), want)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); strings.HasPrefix(path, "/console/") && want == 200 &&
			(!strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'") || strings.Contains(policy, "unsafe")) {
			t.Errorf("%s: got the policy %q", path, policy)
		}
	}
}
