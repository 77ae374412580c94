package conformance

import (
	"encoding/json"
	"strings"
	"testing"
)

// --log-format json is one object a line, whatever is logged, and --log-level says what.
func TestLogOfTheProcess(t *testing.T) {
	t.Parallel()
	g, p := started(t, "--data-dir", "", "--log-format", "json")
	if got := g.managed("POST", "/v2/apis", "127.0.0.1", newApi, nil); got.StatusCode != 201 {
		t.Fatalf("got %d", got.StatusCode)
	}
	if got := g.managed("POST", "/v2/apis", "evil.example", newApi, nil); got.StatusCode != 403 {
		t.Fatalf("got %d", got.StatusCode)
	}
	eventually(t, "both lines", func() bool {
		return strings.Contains(p.log.String(), `"msg":"write"`) && strings.Contains(p.log.String(), `"msg":"refused: the management API was called by a name that may be anybody's"`)
	})
	lines := 0
	for line := range strings.Lines(p.log.String()) {
		if strings.HasPrefix(line, "dragoman: management on ") {
			continue // the line for people
		}
		var event struct{ Time, Level, Msg, Request, Operation string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Time == "" || event.Level == "" || event.Msg == "" {
			t.Errorf("%v: %s", err, line)
		}
		if event.Msg == "write" && (event.Request == "" || event.Operation != "CreateApi") {
			t.Errorf("a write without its request: %s", line)
		}
		lines++
	}
	if lines < 2 {
		t.Errorf("%d lines", lines)
	}

	quiet, q := started(t, "--data-dir", "", "--log-level", "warn")
	if got := quiet.managed("POST", "/v2/apis", "127.0.0.1", newApi, nil); got.StatusCode != 201 {
		t.Fatalf("got %d", got.StatusCode)
	}
	if got := quiet.managed("POST", "/v2/apis", "evil.example", newApi, nil); got.StatusCode != 403 {
		t.Fatalf("got %d", got.StatusCode)
	}
	eventually(t, "the refusal", func() bool { return strings.Contains(q.log.String(), "level=WARN") })
	if strings.Contains(q.log.String(), "level=INFO") {
		t.Errorf("more than was asked for:\n%s", q.log.String())
	}
}
