package relay

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// streaming is a server whose answers a relay carries.
func streaming(t *testing.T, serve http.HandlerFunc) (r *Relay, url string) {
	t.Helper()
	r = New(Options{})
	s := httptest.NewServer(r.Carry(serve))
	t.Cleanup(func() { _ = r.Close(); s.Close() })
	return r, s.URL
}

// begin answers as streams do.
func begin(w http.ResponseWriter) *http.ResponseController {
	w.Header().Set("Content-Type", eventStream)
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.Flush()
	return control
}

// A stream comes bit by bit as messages and ends with a word; asked for without an upgrade
// it is the same bytes.
func TestCarry(t *testing.T) {
	_, url := streaming(t, func(w http.ResponseWriter, _ *http.Request) {
		control := begin(w)
		for _, part := range []string{"event: a\n\n", "event: b\n\n"} {
			_ = control.SetWriteDeadline(time.Now().Add(time.Minute))
			_, _ = io.WriteString(w, part)
			_ = control.Flush()
		}
	})
	c, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	got := ""
	for {
		_, part, err := c.Read(t.Context())
		if err != nil {
			if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("it ended with %v", err)
			}
			break
		}
		got += string(part) + "|"
	}
	if got != "event: a\n\n|event: b\n\n|" {
		t.Errorf("got %q", got)
	}
	plain, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Body.Close()
	if text, _ := io.ReadAll(plain.Body); string(text) != "event: a\n\nevent: b\n\n" {
		t.Errorf("without an upgrade: got %q", text)
	}
}

// A stream that was cut off has no word at its end, and one whose client leaves, or whose
// relay ends, is told so.
func TestCarriedStreamsEnd(t *testing.T) {
	over := make(chan bool, 1)
	r, url := streaming(t, func(w http.ResponseWriter, asked *http.Request) {
		control := begin(w)
		if asked.URL.Path == "/cut" {
			_ = control.SetWriteDeadline(time.Unix(1, 0))
			return
		}
		<-asked.Context().Done()
		over <- true
	})
	dial := func(path string) *websocket.Conn {
		c, _, err := websocket.Dial(t.Context(), url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := dial("/cut")
	if _, _, err := c.Read(t.Context()); err == nil || websocket.CloseStatus(err) != -1 {
		t.Errorf("a stream that was cut off ended with %v", err)
	}
	_ = dial("/leaves").CloseNow()
	<-over
	c = dial("/lasts")
	_ = r.Close()
	<-over
	if _, _, err := c.Read(t.Context()); err == nil {
		t.Error("a stream goes on behind its relay's end")
	}
}

// What is no stream is answered as without the upgrade; pages of other origins, and more
// streams than there is room for, are refused.
func TestNotCarried(t *testing.T) {
	r, url := streaming(t, func(w http.ResponseWriter, asked *http.Request) {
		switch asked.URL.Path {
		case "/refused":
			http.Error(w, "no", http.StatusForbidden)
		case "/noun":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{}")
		default:
			begin(w)
			if _, err := io.WriteString(w, ":\n\n"); err == nil {
				<-asked.Context().Done()
			}
		}
	})
	for _, row := range []struct {
		path   string
		origin string
		status int
		body   string
	}{{"/refused", "", 403, "no\n"}, {"/noun", "", 200, "{}"}, {"/stream", "http://evil.example", 403, ""}} {
		header := http.Header{}
		if row.origin != "" {
			header.Set("Origin", row.origin)
		}
		_, response, err := websocket.Dial(t.Context(), url+row.path, &websocket.DialOptions{HTTPHeader: header})
		if err == nil || response == nil || response.StatusCode != row.status {
			t.Errorf("%s: got %v and %v, want %d", row.path, response, err, row.status)
			continue
		}
		if text, _ := io.ReadAll(response.Body); !strings.HasPrefix(string(text), row.body) {
			t.Errorf("%s: got %q, want %q", row.path, text, row.body)
		}
	}
	for range mostCarried {
		r.carries(&carrier{cancel: func() {}})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, response, err := websocket.Dial(ctx, url+"/stream", nil); err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more than there is room for: got %v and %v", response, err)
	}
}
