package up

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// Each line of a request says what it was about, a message that met no route too.
func TestRequestsAreNamed(t *testing.T) {
	for want, r := range map[string]*requestEvent{
		"  403  (no route)                    -                   0.5 ms  Forbidden\n": {Status: 403, Duration: 0.5, Error: "Forbidden"},
		"  200  say                           Handler             1.0 ms\n":            {Status: 200, Duration: 1, Route: "say", Function: "Handler"},
		"  404  GET /x y                      -                   2.0 ms\n":            {Status: 404, Duration: 2, Route: "$default", Method: "GET", Path: "/x\ny"},
	} {
		var out bytes.Buffer
		s := newScreen(&Options{Out: &out, Err: &out})
		s.quiet = false
		r.Time = time.Now()
		s.request(r)
		s.close()
		if got := out.String(); !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want %q at its end", got, want)
		}
	}
}
