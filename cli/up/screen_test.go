package up

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local"
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
		r.Time = time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
		want = "03:04:05.00" + strconv.Itoa(int(r.Duration)) + want // when it ended
		s.request(r)
		s.close()
		if got := out.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// An entry of several lines stands in as many, below each other, and nothing that a
// function prints moves the cursor or paints what follows.
func TestWhatFunctionsPrintIsShown(t *testing.T) {
	for _, row := range []struct {
		text, want string
		quiet      bool
	}{
		{"one", "  F │ one\n", false},
		{"{\r  a: 1\r}", "  F │ {\n                │   a: 1\n                │ }\n", false},
		{"a\tb \x1b[31mred\x1b[0m \x1b]0;title\x07\x9b2J", "  F │ a\tb red \\x1b]0;title\\x07\\x9b2J\n", false},
		{"REPORT RequestId: x\tDuration: 1 ms\t", "  F │ REPORT RequestId: x  Duration: 1 ms\n", false},
		{"{\r  a\t1", "F: {\nF:   a\t1\n", true},
	} {
		var out bytes.Buffer
		s := newScreen(&Options{Out: &out, Err: &out})
		s.quiet = row.quiet
		s.function("F", local.Line{Function: "F", Text: row.text})
		s.close()
		if got := out.String(); !strings.HasSuffix(got, row.want) || row.quiet && got != row.want {
			t.Errorf("got %q, want %q at its end", got, row.want)
		}
	}
}
