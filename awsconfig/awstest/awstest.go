package awstest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Isolate gives the test an AWS environment with one key and nothing else.
func Isolate(t *testing.T) {
	t.Helper()
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDOWN", "AWS_SECRET_ACCESS_KEY": "own-secret", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_PROFILE": "", "AWS_REGION": "", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_LAMBDA": "",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
}

// Received is one request as it arrived.
type Received struct {
	*http.Request
	Body      []byte
	AccessKey string
	Region    string
	Service   string // that the signature names
}

// Server answers with a handler and keeps what it was asked.
type Server struct {
	*httptest.Server
	mu  sync.Mutex // Protects fields below.
	got []Received
}

// Serve starts a server that ends with the test. Requests must be signed with a
// key that this package knows: the one of Isolate, the placeholder, or the one
// that STS in tests gives out (ASIAROLE).
func Serve(t *testing.T, answer http.HandlerFunc) *Server {
	t.Helper()
	s := &Server{}
	keys := lookup{
		"AKIDOWN":  {ID: "AKIDOWN", Secret: "own-secret"},
		"test":     {ID: "test", Secret: "test"},
		"ASIAROLE": {ID: "ASIAROLE", Secret: "role-secret", SessionToken: "role-token"},
	}
	verifier := &sigv4.Verifier{Keys: keys}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		a, err := sigv4.Parse(r)
		if err == nil {
			_, err = verifier.Verify(r, a.Service, sigv4.Bytes(body))
		}
		if err != nil {
			t.Errorf("%s %s is not signed right: %v", r.Method, r.URL, err)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		s.mu.Lock()
		s.got = append(s.got, Received{r, body, a.AccessKeyID, a.Region, a.Service})
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// All gives every request so far.
func (s *Server) All() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Received(nil), s.got...)
}

// Last gives the newest request.
func (s *Server) Last(t *testing.T) Received {
	t.Helper()
	all := s.All()
	if len(all) == 0 {
		t.Fatal("the service was not called")
	}
	return all[len(all)-1]
}

type lookup map[string]credential.Key

func (l lookup) Lookup(id string) (*credential.Key, bool) {
	k, ok := l[id]
	return &k, ok
}
