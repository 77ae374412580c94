package own

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/journal"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/wire"
)

func running(j *journal.Journal) Running {
	return Running{Home: "123456789012", Logs: j, States: func() []FunctionState {
		return []FunctionState{{Name: "hello", LogicalID: "Hello"}, {Name: "other"}}
	}}
}

func logged(t *testing.T) (*world, *journal.Journal) {
	t.Helper()
	j := journal.New()
	same := func(text string) string { return text }
	j.Keep(map[string]func(string) string{"hello": same, "other": same})
	return newWorld(t, keyed, func(_ *control.Config, at *wire.Config) { at.Own = running(j).Table() }), j
}

func TestFunctionLogs(t *testing.T) {
	w, j := logged(t)
	j.Add("hello", "r1", "START RequestId: r1")
	j.Add("other", "r2", "elsewhere")
	j.Add("hello", "r1", "<b>&")
	for _, row := range []struct {
		target string
		status int
		want   string // texts
	}{
		{"/_dragoman/functions/hello/logs", 200, "START RequestId: r1|<b>&"},
		{"/_dragoman/functions/Hello/logs?limit=1", 200, "<b>&"},
		{"/_dragoman/functions/arn:aws:lambda:us-east-1:123456789012:function:hello:live/logs?text=start", 200, "START RequestId: r1"},
		{"/_dragoman/functions/hello/logs?after=1", 200, "<b>&"},
		{"/_dragoman/functions/other/logs?request=r1", 200, ""},
		{"/_dragoman/logs", 200, "START RequestId: r1|elsewhere|<b>&"},
		{"/_dragoman/logs?function=other", 200, "elsewhere"},
		{"/_dragoman/functions/hello/logs?limit=0", 200, ""},
		{"/_dragoman/functions/nobody/logs", 404, ""},
		{"/_dragoman/logs?function=nobody", 404, ""},
		{"/_dragoman/logs?limit=2001", 400, ""},
		{"/_dragoman/logs?limit=some", 400, ""},
		{"/_dragoman/logs?after=x", 400, ""},
	} {
		got := w.send("GET", row.target, "reader", "")
		if got.Code != row.status {
			t.Errorf("%s: got %d %s", row.target, got.Code, got.Body)
			continue
		}
		if row.status == 200 {
			var texts []string
			for _, line := range w.signed("GET", row.target)["lines"].([]any) {
				texts = append(texts, line.(map[string]any)["text"].(string))
			}
			if strings.Join(texts, "|") != row.want {
				t.Errorf("%s: got %q, want %q", row.target, texts, row.want)
			}
		}
	}
	if got := w.send("GET", "/_dragoman/logs", "", ""); got.Code != 403 {
		t.Errorf("without a key: got %d", got.Code)
	}
}

// A log that is followed begins with what is kept and goes on without a gap.
func TestFunctionLogsAreFollowed(t *testing.T) {
	w, j := logged(t)
	j.Add("hello", "r1", "first")
	server := httptest.NewServer(w.door)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/_dragoman/functions/hello/logs/stream?limit=5", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "reader")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("got %s", kind)
	}
	lines := bufio.NewScanner(response.Body)
	next := func() string {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data: ") {
				return lines.Text()
			}
		}
		return "the end"
	}
	if got := next(); !strings.Contains(got, `"text":"first"`) {
		t.Errorf("got %s", got)
	}
	for i := range 3 {
		j.Add("other", "", "not this")
		j.Add("hello", "r2", fmt.Sprint("line ", i))
		if got := next(); !strings.Contains(got, fmt.Sprintf(`"request":"r2","text":"line %d"`, i)) {
			t.Errorf("got %s", got)
		}
	}
	j.Close()
	if got := next(); got != "the end" {
		t.Errorf("got %s after the journal has ended", got)
	}
}

func TestFailures(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 6e6, time.UTC)
	for payload, want := range map[string]string{
		`{"errorType":"TypeError","errorMessage":"no x","trace":[]}`: "TypeError: no x",
		`half of {`: ": half of {",
	} {
		got := FailureOf(&journal.Failure{Time: at, Request: "r", Payload: payload})
		if got.Type+": "+got.Message != want || got.Time != "2030-01-02T03:04:05.006Z" || got.Request != "r" {
			t.Errorf("%s: got %+v", payload, got)
		}
	}
	if FailureOf(nil) != nil {
		t.Error("no failure is one")
	}
}
