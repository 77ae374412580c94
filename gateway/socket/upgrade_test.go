package socket

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

func handshake(changes ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://gateway/prod", nil)
	r.Header = http.Header{
		"Connection":            {"keep-alive, Upgrade"},
		"Upgrade":               {"WebSocket"},
		"Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key":     {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			r.Header.Del(changes[i])
		} else {
			r.Header.Set(changes[i], changes[i+1])
		}
	}
	return r
}

func TestCheck(t *testing.T) {
	post := handshake()
	post.Method = http.MethodPost
	old := handshake()
	old.Proto, old.ProtoMinor = "HTTP/1.0", 0
	two := handshake()
	two.Proto, two.ProtoMajor, two.ProtoMinor = "HTTP/2.0", 2, 0
	twice := handshake()
	twice.Header.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	versions := handshake()
	versions.Header.Add("Sec-WebSocket-Version", "8")
	body, chunked := handshake(), handshake()
	body.ContentLength, chunked.ContentLength = 5, -1
	for _, row := range []struct {
		name   string
		r      *http.Request
		status int // 0 is good
		reason string
	}{
		{"good", handshake(), 0, ""},
		{"plain GET", httptest.NewRequest(http.MethodGet, "/", nil), 426, `"Upgrade"`},
		{"no Upgrade", handshake("Upgrade", ""), 426, `"Upgrade"`},
		{"another Upgrade", handshake("Upgrade", "h2c"), 426, `"Upgrade"`},
		{"no Connection", handshake("Connection", "close"), 426, `"Connection"`},
		{"no version", handshake("Sec-WebSocket-Version", ""), 426, `is ""`},
		{"version 8", handshake("Sec-WebSocket-Version", "8"), 426, `is "8"`},
		{"HTTP/1.0", old, 426, "HTTP/1.0"},
		{"HTTP/2", two, 426, "HTTP/2.0"},
		{"POST", post, 400, "POST"},
		{"no key", handshake("Sec-WebSocket-Key", ""), 400, "exactly once"},
		{"two keys", twice, 400, "exactly once"},
		{"two versions", versions, 400, "more than once"},
		{"body", body, 400, "body"},
		{"chunked body", chunked, 400, "body"},
		{"no extensions", handshake("Sec-WebSocket-Extensions", " , "), 0, ""},
		{"unknown extensions", handshake("Sec-WebSocket-Extensions", `x-one; a="b;c", x-two`), 0, ""},
		{"malformed extensions", handshake("Sec-WebSocket-Extensions", "permessage-deflate;;"), 400, "well formed"},
		{"extensions without a name", handshake("Sec-WebSocket-Extensions", "permessage-deflate, ;a=b"), 400, "well formed"},
		{"short key", handshake("Sec-WebSocket-Key", "c2hvcnQ="), 400, "16 bytes"},
		{"key that is no base64", handshake("Sec-WebSocket-Key", "!!!!!!!!!!!!!!!!!!!!!!=="), 400, "16 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := NewUpgrader(Limits{}, Compression{}).Check(row.r)
			if row.status == 0 {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var e *HandshakeError
			if !errors.As(err, &e) || e.Status != row.status || !strings.Contains(e.Reason, row.reason) {
				t.Fatalf("got %v, want status %d and a reason with %s", err, row.status, row.reason)
			}
			if row.status == 426 && e.Header.Get("Sec-WebSocket-Version") != "13" {
				t.Errorf("headers are %v, want the version 13 in them", e.Header)
			}
		})
	}
}

// The key and its answer are the example of RFC 6455 section 1.3.
func TestSwitching(t *testing.T) {
	head := string(switching("dGhlIHNhbXBsZSBub25jZQ==", "permessage-deflate", []string{"one", "two", "in\r\njected: yes"}, ""))
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
	want := []string{
		"HTTP/1.1 101 Switching Protocols", "Date: *", "Connection: upgrade", "upgrade: websocket",
		"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "sec-websocket-protocol: one", "sec-websocket-protocol: two",
		"sec-websocket-extensions: permessage-deflate",
	}
	if len(lines) > 1 && strings.HasPrefix(lines[1], "Date: ") {
		lines[1] = "Date: *"
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q\nwant %q", lines, want)
	}
}

func TestAcceptWithoutHijacker(t *testing.T) {
	_, err := NewUpgrader(Limits{}, Compression{}).Accept(httptest.NewRecorder(), handshake(), nil)
	if !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("got %v, want http.ErrNotSupported", err)
	}
}

// Frames in the same packet as the handshake are not lost, however many fit in
// the buffer of net/http.
func TestEarlyFrames(t *testing.T) {
	url := serve(t, NewUpgrader(Limits{}, Compression{}), func(s *Socket) Handler { return echo{s} })
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var b strings.Builder
	b.WriteString("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	want := []string{"first", kb32[:1000], kb32[:1500], "last"}
	for _, m := range want {
		b.Write(masked(ws.OpText, true, m))
	}
	if _, err := conn.Write([]byte(b.String())); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	response, err := http.ReadResponse(r, nil)
	if err != nil || response.StatusCode != 101 {
		t.Fatalf("handshake: %v %v", response, err)
	}
	for _, m := range want {
		f, err := next(r)
		if err != nil || string(f.Payload) != m {
			t.Fatalf("got %.10q (%v), want %.10q", f.Payload, err, m)
		}
	}
}

func TestWaitObeysContext(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	s, _ := pipe(t, u, 0, record())
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := u.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait with an open socket: %v, want the deadline", err)
	}
	if u.Open() != 1 {
		t.Errorf("%d sockets are open, want 1", u.Open())
	}
	s.Drop()
	wait(t, u)
}
