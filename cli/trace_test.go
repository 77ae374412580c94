package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// traced is a gateway that keeps traces and logs which the test says.
type traced struct {
	*httptest.Server
	mu     sync.Mutex // Protects fields below.
	kept   []string   // records, newest first
	asked  []string   // queries
	tap    string
	stream chan string // events; the stream ends with ""
}

func keeps(t *testing.T, kept ...string) *traced {
	t.Helper()
	g := &traced{kept: kept, tap: `{"apis":"all","sample":1}`, stream: make(chan string)}
	mux := http.NewServeMux()
	list := func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.asked = append(g.asked, r.URL.RawQuery)
		name := "traces"
		if strings.HasSuffix(r.URL.Path, "logs") {
			name = "lines"
		}
		fmt.Fprintf(w, `{"%s":[%s]}`, name, strings.Join(g.kept, ","))
	}
	follow := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, ": records follow\n\n")
		w.(http.Flusher).Flush()
		for {
			select {
			case event := <-g.stream:
				if event == "" {
					return
				}
				_, _ = io.WriteString(w, event+"\n\n")
				w.(http.Flusher).Flush()
			case <-r.Context().Done():
				return
			}
		}
	}
	mux.HandleFunc("GET /_dragoman/traces", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("status") == "abc" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"message":"status: want a number such as 404, or a class such as 4xx"}`)
			return
		}
		list(w, r)
	})
	mux.HandleFunc("GET /v2/apis", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"items":[]}`) })
	mux.HandleFunc("GET /_dragoman/logs", list)
	mux.HandleFunc("GET /_dragoman/functions/hello%2Flive/logs", list)
	mux.HandleFunc("GET /_dragoman/traces/stream", follow)
	mux.HandleFunc("GET /_dragoman/logs/stream", follow)
	mux.HandleFunc("GET /_dragoman/tap", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, g.tap) })
	mux.HandleFunc("GET /_dragoman/traces/{id}", func(w http.ResponseWriter, r *http.Request) {
		for _, k := range g.kept {
			if strings.HasPrefix(k, `{"id":"`+r.PathValue("id")+`"`) {
				_, _ = io.WriteString(w, k)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message":"there is no such trace"}`)
	})
	g.Server = httptest.NewServer(mux)
	t.Cleanup(g.Close)
	t.Setenv("DRAGOMAN_ENDPOINT", g.URL)
	return g
}

// someTrace is a record of a message.
func someTrace(id, message string, status int) string {
	return fmt.Sprintf(`{"id":%q,"time":"2026-11-27T05:22:04.611Z","kind":"message","api":"c1","apiName":"chat","stage":"dev","route":"r","connection":"c=","status":%d,"duration":2.5,"summary":"because",`+
		`"steps":[{"name":"receive","at":0,"took":0,"outcome":"ok","why":"","data":{"body":%q,"bytes":%d}}]}`, id, status, message, len(message))
}

// What is kept is printed oldest first; flags are the filters of the operation.
func TestTraceList(t *testing.T) {
	g := keeps(t, someTrace("bbbb0000", "second", 500), someTrace("aaaa0000", "first", 200))
	code, out, errs := dragoman("trace", "--api", "chat", "--stage", "dev", "--route", "r", "--status", "5xx", "--connection", "c=", "--text", "x y")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || errs != "" || len(lines) != 2 || !strings.Contains(lines[0], " aaaa  chat/dev c= ") || !strings.Contains(lines[0], "first") ||
		!strings.HasSuffix(lines[0], "2.5 ms  200") || !strings.HasSuffix(lines[1], "2.5 ms  500  because") {
		t.Errorf("got %d %q\n%s", code, errs, out)
	}
	if want := "api=chat&connection=c%3D&limit=1000&route=r&stage=dev&status=5xx&text=x%20y"; !slices.Equal(g.asked, []string{want}) {
		t.Errorf("asked %q, want %q", g.asked, want)
	}
	code, out, _ = dragoman("trace", "--json")
	if want := g.kept[1] + "\n" + g.kept[0] + "\n"; code != 0 || out != want {
		t.Errorf("--json: got %d %s, want each as it came", code, out)
	}
}

// Who finds nothing is told why that may be.
func TestTraceFindsNothing(t *testing.T) {
	g := keeps(t)
	if code, out, errs := dragoman("trace"); code != 0 || out != "" || errs != "" {
		t.Errorf("got %d %q %q", code, out, errs)
	}
	if _, _, errs := dragoman("trace", "--status", "404"); !strings.Contains(errs, "nothing that is kept fits") {
		t.Errorf("got %q", errs)
	}
	g.tap = `{"apis":[],"sample":1}`
	if _, _, errs := dragoman("trace"); !strings.Contains(errs, "nothing is recorded") || !strings.Contains(errs, "--tap") {
		t.Errorf("got %q", errs)
	}
	for _, row := range []struct {
		args string
		code int
		says string
	}{
		{"trace a --follow", 2, "--follow"}, {"trace --replay", 2, "needs the ID"}, {"trace --yes", 2, "--yes answers what --replay asks"}, {"trace a --yes", 2, "--yes answers what --replay asks"},
		{"trace a b", 2, "at most 1"}, {"trace --status abc", 2, "want a number such as 404"}, {"trace --nope", 2, "--nope"}, {"trace ", 2, "the ID is empty"},
		{"trace --endpoint-url foo", 2, `"foo" is no address of a management listener`}, {"trace --endpoint-url localhost:8081", 2, "want one such as http://127.0.0.1:8081"}, {"logs --endpoint-url foo", 2, "no address"},
		{"trace cccc", 1, "there is no such trace"}, {"trace --endpoint-url http://127.0.0.1:1", 1, "no gateway answers at"},
	} {
		if code, out, errs := dragoman(strings.Split(row.args, " ")...); code != row.code || out != "" || !strings.Contains(errs, row.says) {
			t.Errorf("%s: got %d %q %q, want %d and %q", row.args, code, out, errs, row.code, row.says)
		}
	}
	g.tap = `{"apis":"all","sample":1}`
	if code, _, errs := dragoman("trace", "--api", "nope"); code != 0 || !strings.Contains(errs, "nothing that is kept fits: ") || !strings.Contains(errs, "has no API with the id or name nope") {
		t.Errorf("got %d %q", code, errs)
	}
}

// A beginning of an id is enough where no other id has it.
func TestTraceByID(t *testing.T) {
	keeps(t, someTrace("abcd0002", "two", 200), someTrace("abcd0001", "one", 200), someTrace("ffff0000", "three", 200))
	for id, want := range map[string]string{"abcd0001": "one", "ff": "three"} {
		if code, out, errs := dragoman("trace", id); code != 0 || !strings.Contains(out, "\n receive   "+want) {
			t.Errorf("%s: got %d %q %q", id, code, out, errs)
		}
	}
	if code, _, errs := dragoman("trace", "abcd"); code != 1 || !strings.Contains(errs, "2 traces begin with abcd: say which, such as abcd0002 or abcd0001") {
		t.Errorf("got %d %q", code, errs)
	}
	if code, _, errs := dragoman("trace", "abce"); code != 1 || !strings.Contains(errs, "there is no such trace") {
		t.Errorf("got %d %q", code, errs)
	}
	if code, out, _ := dragoman("trace", "ffff", "--json"); code != 0 || out != someTrace("ffff0000", "three", 200)+"\n" {
		t.Errorf("got %d %q", code, out)
	}
}

// seen is output that a test waits for.
type seen struct {
	mu   sync.Mutex // Protects b.
	b    bytes.Buffer
	more chan struct{}
}

func (s *seen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.b.Write(p)
	select {
	case s.more <- struct{}{}:
	default:
	}
	return n, err
}

func (s *seen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *seen) wait(t *testing.T, text string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for !strings.Contains(s.String(), text) {
		select {
		case <-s.more:
		case <-late:
			t.Fatalf("%q does not come, only %q", text, s.String())
		}
	}
}

// follows runs a command until the test ends it.
func follows(t *testing.T, args ...string) (out, errs *seen, end func()) {
	t.Helper()
	out, errs = &seen{more: make(chan struct{}, 1)}, &seen{more: make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(t.Context())
	root := Command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	return out, errs, func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("%s: it ends with %v, want nothing wrong", args, err)
		}
	}
}

// Following shows what is kept and what comes, each once, also when the gateway goes and
// is back.
func TestTraceFollow(t *testing.T) {
	g := keeps(t, someTrace("aaaa0000", "first", 200))
	out, errs, end := follows(t, "trace", "--follow")
	out.wait(t, "first")
	g.stream <- "event: trace\ndata: " + someTrace("aaaa0000", "first", 200) // it was kept meanwhile
	g.stream <- "event: trace\ndata: " + someTrace("bbbb0000", "second", 200)
	out.wait(t, "second")
	g.stream <- "event: lost\ndata: {\"traces\":3}"
	errs.wait(t, "some traces were lost")
	g.mu.Lock()
	g.kept = slices.Insert(g.kept, 0, someTrace("cccc0000", "third", 200))
	g.mu.Unlock()
	g.stream <- ""
	errs.wait(t, "the gateway ended the stream; it is tried again")
	out.wait(t, "third")
	g.stream <- "event: trace\ndata: " + someTrace("dddd0000", "fourth", 200)
	out.wait(t, "fourth")
	end()
	if n := strings.Count(out.String(), "first"); n != 1 {
		t.Errorf("the first is shown %d times in\n%s", n, out)
	}
}

// What functions have logged is shown, with their names where there may be several.
func TestLogs(t *testing.T) {
	line := func(id int, text string) string {
		quoted, _ := json.Marshal(text)
		return fmt.Sprintf(`{"id":%d,"time":"2026-11-27T05:22:0%d.611Z","function":"hello","request":"r","text":%s}`, id, id, quoted)
	}
	g := keeps(t, line(1, "a\x1b[2J\tb"), line(2, "two\nlines"))
	code, out, errs := dragoman("logs", "--text", "x", "--request", "r")
	lines := strings.Split(out, "\n")
	if code != 0 || errs != "" || len(lines) != 4 || !strings.HasSuffix(lines[0], "  hello  a\\x1b[2J\tb") || !strings.HasSuffix(lines[1], "  hello  two") || lines[2] != "                lines" {
		t.Errorf("got %d %q\n%q", code, errs, lines)
	}
	if want := []string{"limit=2000&request=r&text=x"}; !slices.Equal(g.asked, want) {
		t.Errorf("asked %q, want %q", g.asked, want)
	}
	if _, out, errs := dragoman("logs", "hello/live", "--json"); out != g.kept[0]+"\n"+g.kept[1]+"\n" {
		t.Errorf("--json: got %q %q", out, errs)
	}
	if code, _, errs := dragoman("logs", "nobody"); code != 1 || errs == "" {
		t.Errorf("got %d %q", code, errs)
	}

	out2, errs2, end := follows(t, "logs", "-f")
	g.stream <- "event: log\ndata: " + line(1, "first")
	g.stream <- "event: log\ndata: " + line(2, "second")
	out2.wait(t, "second")
	g.stream <- ""
	errs2.wait(t, "it is tried again")
	g.stream <- "event: log\ndata: " + line(2, "second")
	g.stream <- "event: log\ndata: " + line(3, "third")
	g.stream <- "event: lost\ndata: {\"lines\":1}"
	errs2.wait(t, "some lines were lost")
	end()
	if got := out2.String(); strings.Count(got, "second") != 1 || !strings.Contains(got, "third") {
		t.Errorf("got %s", got)
	}
}
