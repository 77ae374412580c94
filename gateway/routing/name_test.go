package routing

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
)

// What a client says of a host is told to handlers only where it cannot be a machine
// of the client's choice.
func TestWhatHandlersAreTold(t *testing.T) {
	api := &serving.Api{ID: "web1", Protocol: "HTTP"}
	var log bytes.Buffer
	handler := func(loopback bool) *Handler {
		return &Handler{
			Policy: &peer.Policy{Loopback: loopback}, Apis: apis{"web1": api, "web2": {ID: "web2"}}, Domains: domains{api}, HTTP: say("http"),
			Port: func() string { return "8080" }, Notices: notice.New(slog.New(slog.NewTextHandler(&log, nil))),
		}
	}
	const today = "web1.execute-api.localhost:8080"
	for _, row := range []struct {
		host     string
		everyone string // told where the listener is for everybody
		loopback string // told on loopback; "" for the same
	}{
		{"web1.execute-api.localhost:9000", "web1.execute-api.localhost:9000", ""},
		{"web1.execute-api.us-east-1.amazonaws.com", "web1.execute-api.us-east-1.amazonaws.com", ""},
		{"WEB1.execute-api.gw.example:443", "WEB1.execute-api.gw.example", ""},
		{"api.example.com:8443", "api.example.com:8443", ""},
		{"empty.example.com", "empty.example.com", ""}, // nothing is mapped there, but it is ours
		{"localhost", "localhost", ""}, {"localhost:9000", "localhost:9000", ""}, {"LocalHost.:80", "LocalHost.", ""}, {"a.localhost:1", "a.localhost:1", ""},
		{"127.0.0.1:9000", "127.0.0.1:9000", ""}, {"127.9.9.9", "127.9.9.9", ""}, {"[::1]:9000", "[::1]:9000", ""}, {"[::ffff:127.0.0.1]:9000", "[::ffff:127.0.0.1]:9000", ""},
		{"192.0.2.1:8080", "192.0.2.1:8080", ""}, // by which the request came in
		{"192.0.2.1:9000", today, "192.0.2.1:9000"}, {"192.0.2.1", today, "192.0.2.1"}, {"192.0.2.2:8080", today, "192.0.2.2:8080"},
		{"[2001:db8::1]:8080", today, "[2001:db8::1]:8080"}, {"gateway:9000", today, "gateway:9000"}, {"gate_way", today, "gate_way"},

		{"evil.example", today, ""}, {"evil.example:9000", today, ""}, {"localhost.evil.example", today, ""}, {"127.0.0.1.nip.io", today, ""},
		{"web2.execute-api.evil.example", today, ""}, {"web1.evil.example", today, ""}, {"xweb1.execute-api.evil.example", today, ""}, {"web1.execute-api.", today, ""},
		{"localhost@evil.example", today, ""}, {"evil.example/.localhost", today, ""}, {"localhost:80:80", today, ""}, {"evil%2f.localhost", today, ""}, {"", today, ""},
		{"gateway.", today, "gateway."}, {"host.docker.internal:8080", today, ""},
	} {
		for _, loopback := range []bool{false, true} {
			r := httptest.NewRequest("GET", "/_aws/execute-api/web1/x", nil)
			r.Host, r.RemoteAddr = row.host, "192.0.2.9:1234"
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080})))
			w := httptest.NewRecorder()
			log.Reset()
			handler(loopback).ServeHTTP(w, r)
			want := row.everyone
			if loopback && row.loopback != "" {
				want = row.loopback
			}
			if got := w.Body.String(); !strings.Contains(got, " domain="+want+" ") {
				t.Errorf("%s (loopback %v): got %s, want %s", row.host, loopback, got, want)
			}
			if hinted := strings.Contains(log.String(), "--domain-name"); hinted != (want == today) {
				t.Errorf("%s (loopback %v): the log says %q", row.host, loopback, log.String())
			}
		}
	}
	h := handler(true)
	h.Endpoint = func(api *serving.Api) string { return api.ID + ".gw.example.com:443" }
	for host, want := range map[string]string{"evil.example": "web1.gw.example.com", "localhost:9000": "localhost:9000"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "http://"+host+"/_aws/execute-api/web1/x", nil))
		if got := w.Body.String(); !strings.Contains(got, " domain="+want+" ") {
			t.Errorf("%s, where addresses are worded: got %s, want %s", host, got, want)
		}
	}
	h.DomainName = func(api *serving.Api) string { return api.ID + ".named:1" }
	for _, target := range []string{"http://evil.example/_aws/execute-api/web1/x", "http://web1.execute-api.localhost/x", "http://api.example.com/x"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if got := w.Body.String(); !strings.Contains(got, " domain=web1.named:1 ") {
			t.Errorf("%s, with a name given: got %s", target, got)
		}
	}
}

// called tells which callbacks came.
type called struct{}

func (called) Callback(w http.ResponseWriter, _ *http.Request, v *Match) {
	_, _ = w.Write([]byte("callback " + v.Path))
}

func TestCallbacksOfNoApi(t *testing.T) {
	h := &Handler{Apis: apis{"web1": {ID: "web1"}}, Domains: domains{&serving.Api{ID: "web1"}}, HTTP: say("http"), Callbacks: called{}, Port: func() string { return "8080" }}
	const forbidden, missing = `403 {"message":"Forbidden"}`, `404 {"message":"Not Found"}`
	for _, row := range []struct{ host, path, want string }{
		{"127.0.0.1:8080", "/prod/@connections/id", "200 callback /prod/@connections/id"},
		{"anything.example", "/prod//@connections/id", "200 callback /prod//@connections/id"},
		{"anything.example", "/prod/%40connections/a%3D", "200 callback /prod/%40connections/a%3D"},
		{"none.execute-api.localhost", "/$default/@connections/id", "200 callback /$default/@connections/id"},
		{"", "/prod/@connections/id", "200 callback /prod/@connections/id"},
		{"127.0.0.1", "/prod/@connections/", forbidden}, {"127.0.0.1", "/prod/@connections", "200 callback /prod/@connections"}, {"127.0.0.1", "/@connections/id", forbidden},
		{"127.0.0.1", "//@connections/id", forbidden}, {"127.0.0.1", "/prod/connections/id", forbidden}, {"127.0.0.1", "/prod", forbidden},
		{"127.0.0.1", "/_aws/execute-api/none/prod/@connections/id", forbidden},
		{"empty.example.com", "/prod/@connections/id", missing}, {"EMPTY.example.com.:443", "/prod/@connections/id", missing}, {"empty.example.com", "/prod", forbidden},
		{"web1.execute-api.localhost", "/prod/@connections/id", "200 http web1 path=/prod/@connections/id domain=web1.execute-api.localhost mapped=false"},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.URL.Path, r.RequestURI, r.Host = row.path, row.path, row.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := http.StatusText(w.Code); got == "" || !strings.HasSuffix(row.want, w.Body.String()) || !strings.HasPrefix(row.want, map[int]string{200: "200", 403: "403", 404: "404"}[w.Code]) {
			t.Errorf("%s%s: got %d %s, want %s", row.host, row.path, w.Code, w.Body, row.want)
		}
	}
	h.Callbacks = nil
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "http://127.0.0.1/prod/@connections/id", nil))
	if w.Code != 403 {
		t.Errorf("without callbacks: got %d", w.Code)
	}
}
