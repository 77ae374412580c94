package server

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/own"
)

// Our own operations are refused to those without a key, as AWS's are, and what
// refused them is in the audit.
func TestOwnOperationsAskForSignatures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secretsecret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := testServer(t, func(c *Config) {
		c.Auth, c.Credentials, c.Logger = "sigv4", file, slog.New(slog.NewTextHandler(&log, nil))
	})
	for _, row := range own.Table(s.plane.Control) {
		log.Reset()
		w := httptest.NewRecorder()
		at := strings.NewReplacer("{", "", "}", "").Replace(row.Path)
		s.plane.ServeHTTP(w, httptest.NewRequest(row.Method, at, strings.NewReader("{}")))
		if w.Code != 403 || w.Header().Get("X-Amzn-Errortype") != "MissingAuthenticationTokenException" || !strings.HasPrefix(w.Body.String(), `{"message":`) {
			t.Errorf("%s: got %d %v %s, want a refusal", row.Name, w.Code, w.Header(), w.Body)
		}
		if audited := strings.Contains(log.String(), "operation="+row.Name); audited != row.Write() {
			t.Errorf("%s: got the log %s", row.Name, &log)
		}
	}
}
