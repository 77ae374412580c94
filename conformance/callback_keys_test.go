package conformance

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// keys are those that the function has.
func (c *caller) keys() sigv4.Credentials {
	c.t.Helper()
	found := c.environment("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
	return sigv4.Credentials{
		AccessKeyID: found["AWS_ACCESS_KEY_ID"], SecretAccessKey: credential.Secret(found["AWS_SECRET_ACCESS_KEY"]), SessionToken: credential.Secret(found["AWS_SESSION_TOKEN"]),
	}
}

// environment is what the function has in variables.
func (c *caller) environment(names ...string) map[string]string {
	c.t.Helper()
	event, err := json.Marshal(map[string]any{"environment": names})
	must(c.t, err)
	admin := sigv4.Credentials{AccessKeyID: full.AccessKeyID, SecretAccessKey: credential.Secret(full.SecretAccessKey)}
	status, _, body := signedCall(c.t, c.ManagementAddr(), c.ManagementAddr(), "POST", "/2015-03-31/functions/talk/invocations", string(event), "lambda", admin, nil)
	var found map[string]string
	if err := json.Unmarshal([]byte(body), &found); err != nil || status != 200 {
		c.t.Fatalf("got %d %s\n%s", status, body, c.p.log)
	}
	return found
}

// signedCall makes a call by any host, as a function would sign it but for what change
// does, and gives status, error type and body.
func signedCall(t *testing.T, address, host, method, path, body, service string, keys sigv4.Credentials, change func(*sigv4.Signer, *time.Time)) (int, string, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(body))
	must(t, err)
	r.Host = host
	signer, now := sigv4.Signer{Region: "us-east-1", Service: service, Credentials: keys}, time.Now()
	if change != nil {
		change(&signer, &now)
	}
	must(t, signer.Sign(r, sigv4.HashBytes([]byte(body)), now))
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, response.Header.Get("X-Amzn-Errortype"), string(text)
}

// What functions sign is good for @connections and for Lambda, by any name, whether
// callers are asked for signatures or not; and for nothing else.
func TestKeysOfFunctions(t *testing.T) {
	needs.Program(t, "node")
	for name, arguments := range map[string][]string{
		"believing": nil,
		"asking":    {"--auth", "sigv4", "--credentials", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if arguments != nil {
				arguments[3] = writeKeys(t, keyFile)
			}
			c := startCaller(t, "node", arguments...)
			keys := c.keys()
			conn, _, err := websocket.Dial(t.Context(), "ws://"+c.DataAddr()+c.path(), nil)
			must(t, err)
			defer conn.CloseNow()
			id := c.asks(conn, `"id":true`)
			const host = "gateway.example.com:9000"
			data, management := c.DataAddr(), c.ManagementAddr()
			at := "/prod/@connections/" + id
			for _, path := range []string{at, c.path() + "/@connections/" + id} {
				if status, _, body := signedCall(t, data, host, "POST", path, "posted", "execute-api", keys, nil); status != 200 {
					t.Fatalf("%s: got %d %s\n%s", path, status, body, c.p.log)
				}
				if _, text, err := conn.Read(t.Context()); err != nil || string(text) != "posted" {
					t.Errorf("%s: the client got %q %v", path, text, err)
				}
			}
			if status, _, body := signedCall(t, data, host, "GET", at, "", "execute-api", keys, nil); status != 200 || !strings.Contains(body, "connectedAt") {
				t.Errorf("GET: got %d %s", status, body)
			}
			for _, row := range []struct {
				what      string
				change    func(*sigv4.Signer, *time.Time)
				exception string
			}{
				{"a wrong secret", func(s *sigv4.Signer, _ *time.Time) { s.Credentials.SecretAccessKey = "wrong" }, "InvalidSignatureException"},
				{"another service", func(s *sigv4.Signer, _ *time.Time) { s.Service = "lambda" }, "InvalidSignatureException"},
				{"an old signature", func(_ *sigv4.Signer, at *time.Time) { *at = at.Add(-10 * time.Minute) }, "InvalidSignatureException"},
				{"one of another day", func(_ *sigv4.Signer, at *time.Time) { *at = at.Add(-48 * time.Hour) }, "InvalidSignatureException"},
				{"one of tomorrow", func(_ *sigv4.Signer, at *time.Time) { *at = at.Add(24 * time.Hour) }, "InvalidSignatureException"},
				{"no session token", func(s *sigv4.Signer, _ *time.Time) { s.Credentials.SessionToken = "" }, "UnrecognizedClientException"},
			} {
				for _, by := range []string{host, data} {
					if status, exception, _ := signedCall(t, data, by, "POST", at, "no", "execute-api", keys, row.change); status != 403 || exception != row.exception {
						t.Errorf("%s by %s: got %d %s, want 403 %s", row.what, by, status, exception, row.exception)
					}
				}
			}
			const invoke = "/2015-03-31/functions/talk/invocations"
			for _, by := range []string{host, management} {
				if status, exception, body := signedCall(t, management, by, "POST", invoke, `{"environment":["AWS_REGION"]}`, "lambda", keys, nil); status != 200 || body != `{"AWS_REGION":"us-east-1"}` {
					t.Errorf("Invoke by %s: got %d %s %s", by, status, exception, body)
				}
				for what, change := range map[string]func(*sigv4.Signer, *time.Time){
					"a wrong secret":   func(s *sigv4.Signer, _ *time.Time) { s.Credentials.SecretAccessKey = "wrong" },
					"another service":  func(s *sigv4.Signer, _ *time.Time) { s.Service = "execute-api" },
					"an old signature": func(_ *sigv4.Signer, at *time.Time) { *at = at.Add(-10 * time.Minute) },
				} {
					if status, exception, _ := signedCall(t, management, by, "POST", invoke, `{}`, "lambda", keys, change); status != 403 || exception != "InvalidSignatureException" {
						t.Errorf("Invoke with %s by %s: got %d %s", what, by, status, exception)
					}
				}
			}
			for _, call := range [][3]string{
				{"GET", "/v2/apis", ""}, {"POST", "/v2/apis", `{"name":"x","protocolType":"HTTP"}`}, {"DELETE", "/v2/apis/" + c.id, ""},
				{"GET", "/_dragoman/configuration", ""}, {"GET", "/apikeys", ""},
			} {
				status, exception, body := signedCall(t, management, management, call[0], call[1], call[2], "apigateway", keys, nil)
				if status != 403 || exception != "AccessDeniedException" {
					t.Errorf("%s %s: got %d %s %s", call[0], call[1], status, exception, body)
				}
				if status, _, _ := signedCall(t, management, management, call[0], call[1], call[2], "lambda", keys, nil); status != 403 {
					t.Errorf("%s %s signed for Lambda: got %d", call[0], call[1], status)
				}
			}
			if status, _, _ := signedCall(t, data, host, "DELETE", at, "", "execute-api", keys, nil); status != 204 {
				t.Errorf("DELETE: got %d", status)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("the client got %v", err)
			}
			other := startCaller(t, "node", arguments...)
			if status, exception, _ := signedCall(t, other.DataAddr(), host, "GET", at, "", "execute-api", keys, nil); status != 403 {
				t.Errorf("another run: got %d %s", status, exception)
			}
		})
	}
}

// Who has credentials of his own keeps them: his functions sign with them, and that is
// verified too. He configures the gateway with them as before.
func TestFunctionsHaveTheirUsersOwnKeys(t *testing.T) {
	needs.Program(t, "node")
	withoutKeys(t)
	file := writeKeys(t, "[default]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = profile-secret\n")
	for name, row := range map[string]struct {
		variables map[string]string
		told      string // AWS_ACCESS_KEY_ID of the function
		keys      sigv4.Credentials
	}{
		"in variables": {
			map[string]string{"AWS_ACCESS_KEY_ID": "AKIDOWN", "AWS_SECRET_ACCESS_KEY": "own-secret", "AWS_SESSION_TOKEN": "own-token"},
			"AKIDOWN", sigv4.Credentials{AccessKeyID: "AKIDOWN", SecretAccessKey: "own-secret", SessionToken: "own-token"},
		},
		"in a profile": {
			map[string]string{"AWS_SHARED_CREDENTIALS_FILE": file}, "", sigv4.Credentials{AccessKeyID: "AKIDPROFILE", SecretAccessKey: "profile-secret"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range row.variables {
				t.Setenv(variable, value)
			}
			c := callerAs(t, "node")
			if got := c.environment("AWS_ACCESS_KEY_ID")["AWS_ACCESS_KEY_ID"]; got != row.told {
				t.Errorf("the function has the key %q", got)
			}
			conn := c.from("gateway:9000")
			id := ""
			if row.told != "" { // the handler signs by variables
				id = c.asks(conn, `"id":true`)
			} else {
				id = "AAAAAAAAAAAAAAA="
			}
			at := "/prod/@connections/" + id
			want := 200
			if row.told == "" {
				want = 410
			}
			if status, _, body := signedCall(t, c.DataAddr(), "gateway:9000", "GET", at, "", "execute-api", row.keys, nil); status != want {
				t.Errorf("@connections: got %d %s", status, body)
			}
			wrong := row.keys
			wrong.SecretAccessKey = "wrong"
			if status, _, _ := signedCall(t, c.DataAddr(), "gateway:9000", "GET", at, "", "execute-api", wrong, nil); status != 403 {
				t.Errorf("@connections with a wrong secret: got %d", status)
			}
			if status, _, body := signedCall(t, c.ManagementAddr(), c.ManagementAddr(), "GET", "/v2/apis", "", "apigateway", row.keys, nil); status != 200 {
				t.Errorf("the management API: got %d %s", status, body)
			}
		})
	}
}
