package conformance

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dragoman-gateway/dragoman/server"
)

// Each limit holds as AWS has it, moves to where it is set, and can be lifted,
// behind either front.
func TestHTTPLimitsAreLifted(t *testing.T) {
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/long" {
			w.Header().Set("Content-Length", strconv.Itoa(11<<20)) // told, so that it can be refused
			_, _ = w.Write(make([]byte, 11<<20))
			return
		}
		_, _ = io.WriteString(w, strings.Repeat(".", min(int(n)>>20, 64)))
	})
	body := string(make([]byte, 11<<20))
	// Header values that add up to 100,000 bytes, and a target of 100,000.
	var many []string
	for range 100 {
		many = append(many, "X-Many", strings.Repeat("v", 1000))
	}
	query := "/x?q=" + strings.Repeat("q", 100_000)
	for _, row := range []struct {
		name                       string
		body, reply                int64
		header                     int
		sent, got, heads, far, one int // status of a long body, a long reply, many headers, a long target, a body of one byte
	}{
		{"AWS", 0, 0, 0, 413, 500, 431, 431, 200},
		{"set", 12 << 20, 12 << 20, 200_000, 200, 200, 200, 200, 200},
		{"lifted", -1, -1, -1, 200, 200, 200, 200, 200},
		{"narrow", 1, 1, 400, 413, 500, 431, 431, 200},
	} {
		for _, front := range []string{"own", "net/http"} {
			t.Run(row.name+" "+front, func(t *testing.T) {
				a := start(t, func(c *server.Config) {
					c.Front = front
					c.HTTP.Limits.Body, c.HTTP.Limits.Reply, c.HTTP.Limits.Header = row.body, row.reply, row.header
				}).webApi()
				a.route("ANY /{proxy+}", a.integrate(proxyTo(at+"/{proxy}")))
				a.deploy("$default")
				expect := func(what string, got heard, want int) {
					t.Helper()
					if got.StatusCode != want {
						t.Errorf("%s: got %d, want %d", what, got.StatusCode, want)
					}
				}
				long := a.request("POST", "/x", "")
				long.Body, long.ContentLength = io.NopCloser(bytes.NewReader([]byte(body))), int64(len(body))
				// An early answer ends the connection: the client asks before it sends.
				a.client.Transport.(*http.Transport).ExpectContinueTimeout = 10 * time.Second
				long.Header.Set("Expect", "100-continue")
				expect("a body of 11 MiB", a.do(long), row.sent)
				expect("a body of one byte", a.call("POST", "/x", "b"), row.one)
				expect("a reply of 11 MiB", a.call("GET", "/long", ""), row.got)
				expect("100 kB of headers", a.call("GET", "/x", "", many...), row.heads)
				far := row.far
				if far == 431 && front == "own" {
					far = 414 // a target so long is refused before anybody knows whose it is
				}
				expect("100 kB of target", a.call("GET", query, ""), far)
			})
		}
	}
}

// An integration that is set to the longest waits as long as the flag says, one
// that is set shorter does not.
func TestHTTPTimeoutIsMoved(t *testing.T) {
	slow := backend(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	a := start(t, func(c *server.Config) { c.HTTP.Limits.Timeout = 100 * time.Millisecond }).webApi()
	longest := proxyTo(slow)
	longest.TimeoutInMillis = aws.Int32(30_000)
	a.route("GET /longest", a.integrate(longest))
	a.deploy("$default")
	gatewayError(t, a.call("GET", "/longest", ""), 503, "Service Unavailable")
}

// The certificate of a backend is believed when its authority is in the file.
func TestHTTPBackendsOfAnOwnAuthority(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(echo))
	t.Cleanup(secure.Close)
	file := filepath.Join(t.TempDir(), "root.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600))
	a := start(t, func(c *server.Config) { c.HTTP.RootCA = file }).webApi()
	a.route("GET /x", a.integrate(proxyTo(secure.URL)))
	a.deploy("$default")
	if got := a.call("GET", "/x", ""); got.StatusCode != 200 {
		t.Errorf("got %d %s, want 200", got.StatusCode, got.body)
	}
	both := server.Default()
	both.HTTP.RootCA, both.HTTP.RootCAs = file, x509.NewCertPool()
	if err := both.Validate(); err == nil || !strings.Contains(err.Error(), "--root-ca") {
		t.Errorf("a file and a set: got %v, want a refusal", err)
	}
}
