package server

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// Mappings are tried at a server as it is wired, by a key that may only read some other
// API too; what templates may hold and be is as for those that are served.
func TestEvaluationsOfAServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[reader]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secretsecret\ndragoman_policy = read-only\ndragoman_apis = elsewhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := testServer(t, func(c *Config) { c.Auth, c.Credentials, c.MaxTemplate = "sigv4", file, 400_000 })
	signer := &sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secretsecret"}, Region: "us-east-1", Service: "apigateway"}
	long := strings.Repeat("x", 390_000)
	for _, row := range []struct{ language, question, want string }{
		{"template", `{"template":"$input.path('$.a')","body":"{\"a\":1}"}`, `"output":"1"`},
		{"response", `{"integration":{"integrationType":"MOCK"},"responses":[{"integrationResponseKey":"$default","responseTemplates":{"$default":"<$input.body>"}}],"answer":{"body":"b"}}`, `"frame":{"body":"<b>","bytes":3}`},
		{"response", `{"integration":{"integrationType":"MOCK"},"responses":[{"integrationResponseKey":"$default","responseTemplates":{"$default":"` + long + `"}}]}`, "longer than"},
	} {
		r := httptest.NewRequest("POST", own.EvaluatePath+"/"+row.language, strings.NewReader(row.question))
		if err := signer.Sign(r, sigv4.HashBytes([]byte(row.question)), time.Now()); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if s.plane.ServeHTTP(w, r); w.Code != 200 || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%s: got %d %.300s, want %s", row.language, w.Code, w.Body, row.want)
		}
	}
}
