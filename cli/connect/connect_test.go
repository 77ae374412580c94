package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoint is a server of WebSockets, each of which is served by what is given.
func endpoint(t *testing.T, serve func(ctx context.Context, r *http.Request, c *websocket.Conn)) *Options {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			w.Header().Set("x-amzn-ErrorType", "ForbiddenException")
			w.Header().Set("dragoman-trace", "7f3a")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "\x1b[2Jno")
			return
		}
		if r.URL.Path == "/elsewhere" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"two"}})
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(-1)
		serve(r.Context(), r, c)
	}))
	t.Cleanup(s.Close)
	at, err := ParseAddress(s.URL + "/path?key=secret")
	if err != nil {
		t.Fatal(err)
	}
	return &Options{Address: at, Timeout: 10 * time.Second, Wait: 10 * time.Second, JSON: true}
}

// happened runs a session and answers what it told.
func happened(t *testing.T, o *Options) (told []map[string]any, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	if o.Out, o.Err = &out, &errs; o.In == nil {
		o.In = strings.NewReader("")
	}
	err = Run(t.Context(), o)
	for line := range bytes.Lines(out.Bytes()) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", e["time"].(string)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		delete(e, "time")
		delete(e, "took")
		told = append(told, e)
	}
	return told, err
}

func kinds(told []map[string]any) (all []string) {
	for _, e := range told {
		all = append(all, e["event"].(string))
	}
	return all
}

// The headers, subprotocols and host of the command line are those of the handshake.
func TestHandshake(t *testing.T) {
	seen := make(chan *http.Request, 1)
	o := endpoint(t, func(_ context.Context, r *http.Request, c *websocket.Conn) {
		seen <- r
		_ = c.Close(websocket.StatusNormalClosure, "")
	})
	o.Header, o.Host, o.Subprotocols = http.Header{"X-One": {"1", "2"}}, "chat.example", []string{"one", "two"}
	o.Sign = func(r *http.Request) error {
		if r.Host != "chat.example" || r.URL.Path != "/path" || r.URL.RawQuery != "key=secret" || r.Header.Get("Upgrade") != "" {
			t.Errorf("what is signed is %s %s %v", r.Host, r.URL, r.Header)
		}
		r.Header.Set("Authorization", "signed")
		return nil
	}
	told, err := happened(t, o)
	if err != nil || !slices.Equal(kinds(told), []string{"connected", "closed"}) || told[0]["text"] != "two" {
		t.Fatalf("got %v and %v", told, err)
	}
	if strings.Contains(told[0]["address"].(string), "secret") {
		t.Errorf("the address is shown as %s, with what is in its query", told[0]["address"])
	}
	r := <-seen
	if r.Host != "chat.example" || !slices.Equal(r.Header["X-One"], []string{"1", "2"}) || r.Header.Get("Authorization") != "signed" || r.URL.RawQuery != "key=secret" {
		t.Errorf("the handshake was %s %s %v", r.Host, r.URL, r.Header)
	}
}

// A refusal is told whole, and cannot do anything to a terminal; a redirect is one.
func TestRefusal(t *testing.T) {
	o := endpoint(t, nil)
	o.Address.Path = "/no"
	_, err := happened(t, o)
	if want := "refused: 403 Forbidden  ForbiddenException  \\x1b[2Jno\ndragoman trace 7f3a tells why"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	o.Address.Path = "/elsewhere"
	if _, err := happened(t, o); err == nil || !strings.Contains(err.Error(), "refused: 302") {
		t.Errorf("got %v, want the redirect told", err)
	}
}

// What is no text of UTF-8 passes in base64, and whatever is asked for is answered before
// the session ends.
func TestFrames(t *testing.T) {
	o := endpoint(t, func(ctx context.Context, _ *http.Request, c *websocket.Conn) {
		for {
			opcode, body, err := c.Read(ctx)
			if err != nil || c.Write(ctx, opcode, body) != nil {
				return
			}
		}
	})
	file := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(file, bytes.Repeat([]byte("x"), 300_000), 0o600); err != nil {
		t.Fatal(err)
	}
	o.In = strings.NewReader("a\r\n/binary /wE=\n/send " + file + "\n/ping\n/close 3000 bye")
	told, err := happened(t, o)
	if err != nil {
		t.Fatal(err)
	}
	var back []map[string]any
	for _, e := range told {
		if e["event"] == "received" {
			back = append(back, e)
		}
	}
	if len(back) != 3 || back[0]["body"] != "a" || back[1]["body"] != "/wE=" || back[1]["base64"] != true || back[1]["bytes"] != 2.0 || back[2]["bytes"] != 300000.0 {
		t.Errorf("got %.300v, want what was sent, once each", back)
	}
	if all := kinds(told); !slices.Contains(all, "pong") || all[len(all)-1] != "closed" {
		t.Errorf("got %v, want a pong, and how it closed", all)
	}
}

// A session whose server goes says how, and fails unless that was a goodbye.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(ctx context.Context, c *websocket.Conn)
		kind string
		code float64
		text string
		err  error
	}{
		{"a goodbye", func(_ context.Context, c *websocket.Conn) { _ = c.Close(1000, "done") }, "closed", 1000, "done", nil},
		{"another code", func(_ context.Context, c *websocket.Conn) { _ = c.Close(4001, "no") }, "closed", 4001, "no", ErrClosed},
		{"no word", func(_ context.Context, c *websocket.Conn) { _ = c.CloseNow() }, "lost", 1006, "it ended without a close frame", ErrClosed},
		{"too large", func(ctx context.Context, c *websocket.Conn) {
			_ = c.Write(ctx, websocket.MessageText, make([]byte, maxFrame+1))
			_, _, _ = c.Read(ctx)
		}, "lost", 1006, "a message has more than the 1048576 bytes that this client takes", ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			told, err := happened(t, endpoint(t, func(ctx context.Context, _ *http.Request, conn *websocket.Conn) { c.end(ctx, conn) }))
			last := told[len(told)-1]
			if !errors.Is(err, c.err) || last["event"] != c.kind || last["code"] != c.code || last["text"] != c.text {
				t.Errorf("got %v and %v, want %s %v %q and %v", last, err, c.kind, c.code, c.text, c.err)
			}
		})
	}
}

// What the server sends before it answers a close frame is still told, all of it.
func TestCloseDropsNothing(t *testing.T) {
	const many = 500
	o := endpoint(t, func(ctx context.Context, _ *http.Request, c *websocket.Conn) {
		if _, _, err := c.Read(ctx); err != nil {
			return
		}
		for range many {
			if c.Write(ctx, websocket.MessageText, []byte("x")) != nil {
				return
			}
		}
		_, _, _ = c.Read(ctx)
	})
	o.In = strings.NewReader("go\n/close\n")
	told, err := happened(t, o)
	n := 0
	for _, k := range kinds(told) {
		if k == "received" {
			n++
		}
	}
	if err != nil || n != many {
		t.Errorf("got %d frames and %v, want %d", n, err, many)
	}
}

// --reconnect goes on with the messages that are left.
func TestReconnect(t *testing.T) {
	over := make(chan struct{}, 1)
	o := endpoint(t, func(ctx context.Context, _ *http.Request, c *websocket.Conn) {
		if _, body, err := c.Read(ctx); err == nil {
			_ = c.Write(ctx, websocket.MessageText, body)
			if string(body) == "last" {
				_ = c.Close(websocket.StatusNormalClosure, "")
				over <- struct{}{}
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	in, lines := io.Pipe()
	defer lines.Close()
	var out told
	o.In, o.Out, o.Err, o.Reconnect = in, &out, io.Discard, true
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	for _, message := range []string{"first\n", "last\n"} {
		out.wait(t, `"connected"`)
		if _, err := io.WriteString(lines, message); err != nil {
			t.Fatal(err)
		}
		out.wait(t, `"received"`)
	}
	<-over
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// told is output that somebody waits for.
type told struct {
	mu   sync.Mutex // Protects fields below.
	text string
}

func (o *told) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text += string(p)
	return len(p), nil
}

// wait waits until a text has been told, and forgets what was before its end.
func (o *told) wait(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		o.mu.Lock()
		_, after, found := strings.Cut(o.text, text)
		if found {
			o.text = after
		}
		o.mu.Unlock()
		if found {
			return
		}
	}
	t.Fatalf("%s is not told", text)
}

func TestAddresses(t *testing.T) {
	for word, want := range map[string]string{
		"ws://a/b": "ws://a/b", "WSS://a": "wss://a", "http://a:1/b?c=d#e": "ws://a:1/b?c=d", "https://u:p@a": "wss://u:p@a",
		"localhost:8080": "ws://localhost:8080", "127.0.0.1:1/x": "ws://127.0.0.1:1/x", "[::1]:1/x": "ws://[::1]:1/x",
	} {
		if !IsAddress(word) {
			t.Errorf("%s is taken for the name of an API", word)
		}
		if got, err := ParseAddress(word); err != nil || got.String() != want {
			t.Errorf("%s: got %v and %v, want %s", word, got, err, want)
		}
	}
	for _, word := range []string{"chat", "chat/dev", "a:b", "a:b/dev", "chat:", "a/b:80"} {
		if IsAddress(word) {
			t.Errorf("%s is taken for an address", word)
		}
	}
	for _, word := range []string{"ftp://a", "ws://", "ws:///x", "ws://a b", "http://[::1"} {
		if u, err := ParseAddress(word); err == nil {
			t.Errorf("%s: got %s, want no address", word, u)
		}
	}
}
