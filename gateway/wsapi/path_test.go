package wsapi

import (
	"strings"
	"testing"
)

// Parameters that would make a path with dot segments: an error frame, and the
// backend is not asked.
func TestParametersMakeNoDotSegments(t *testing.T) {
	for _, row := range []struct{ kind, uri string }{
		{"HTTP", "http://backend/public/{id}/x"},
		{"HTTP_PROXY", "http://backend/public/{id}"},
		{"HTTP", "http://backend/public/.{id}"},
		{"AWS other", "arn:aws:apigateway:us-east-1:s3:path/bucket/{id}"},
	} {
		for _, allow := range []bool{false, true} {
			i := kinds[row.kind]
			i.IntegrationUri = row.uri
			i.RequestParameters = map[string]string{"integration.request.path.id": "route.request.body.id"}
			r := newRig(t, socketApi(i, always("fine")), func(c *Config) { c.AllowDots = allow })
			conn := r.dial()
			r.exchange() // of the handshake
			for _, id := range []string{"..", "..;x", "../private", `..\\private`, "%2e%2e", "%252e%252e", "x/../y", "x/.."} {
				if strings.HasSuffix(row.uri, ".{id}") {
					id = ".;" + id // with the dot before it
				}
				frame := r.ask(conn, `{"action":"ask","id":"`+id+`"}`)
				if !allow {
					wants(t, row.uri+" "+id, errorOf(t, frame), "error: Bad Request")
					x := r.exchange()
					wants(t, "response type", x.Error.ResponseType, "BAD_REQUEST_PARAMETERS")
				}
			}
			if calls := len(r.calls); !allow && calls > 0 || allow && calls != 8 {
				t.Errorf("%s, dots allowed %v: the backend was called %d times", row.uri, allow, calls)
			}
			for _, id := range []string{"a", "a..b", "...", "a/b"} {
				if frame := r.ask(conn, `{"action":"ask","id":"`+id+`"}`); strings.Contains(frame, "Bad Request") {
					t.Errorf("%s with %q: got %s", row.uri, id, frame)
				}
			}
		}
	}
}
