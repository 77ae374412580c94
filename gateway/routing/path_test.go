package routing

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
)

func TestPath(t *testing.T) {
	for _, row := range []struct {
		target, want string
		ok           bool
	}{
		{"/a/b?c=/../d", "/a/b", true},
		{"/a%2Fb%2fc", "/a%2Fb%2fc", true},
		{`/a%2Fb\c|d`, "/a%2Fb%5Cc%7Cd", true},
		{"//a//b/", "//a//b/", true},
		{"http://host/a%2Fb", "/a%2Fb", true},
		{"http://host", "/", true},
		{"HTTP://host?x=/y", "/", true},
		{"*", "*", true},
		{"/a#b", "", false},
		{"http://host#b", "", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI = row.target
		if got, ok := Path(r); got != row.want || ok != row.ok {
			t.Errorf("%s: got %s %v, want %s %v", row.target, got, ok, row.want, row.ok)
		}
	}
	made, err := http.NewRequestWithContext(t.Context(), "GET", "http://host/a%2Fb", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := Path(made); got != "/a%2Fb" || !ok {
		t.Errorf("a request that no connection carried: got %s %v", got, ok)
	}
}

// Paths with dot segments are refused before anybody looks for an API.
func TestDotSegmentsAreRefused(t *testing.T) {
	var log strings.Builder
	h := &Handler{Apis: apis{}, Port: func() string { return "1" }, Notices: notice.New(slog.New(slog.NewTextHandler(&log, nil)))}
	for _, allow := range []bool{false, true} {
		h.AllowDots = allow
		for target, want := range map[string]int{
			"/_aws/execute-api/a1/../x": 400, "/%2e%2e": 400, "/_dragoman/portals/../x": 400, "/x": 403, "/x#y": 400,
		} {
			if allow && target != "/x#y" {
				want = 403
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.RequestURI = target
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s, dots allowed %v: got %d, want %d", target, allow, w.Code, want)
			}
			if want == 400 && (w.Body.String() != `{"message":"Bad Request"}` || len(w.Header().Get("apigw-requestid")) != 16 || w.Header().Get("Content-Type") != "application/json") {
				t.Errorf("%s: got %v %s", target, w.Header(), w.Body)
			}
		}
	}
	if !strings.Contains(log.String(), string(notice.Path)) {
		t.Errorf("the log says %s", log.String())
	}
}
