package socket

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// Somebody else's clients, as they are.

func dial(t *testing.T, url string, options *websocket.DialOptions) (*websocket.Conn, *http.Response) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, url, options)
	if err != nil {
		t.Fatalf("dialing: %v", err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { conn.CloseNow() })
	return conn, response
}

func roundTrips(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, want := range []string{"", "hello", "héllo", strings.Repeat("x", 600), strings.Repeat("abc ", 8<<10)} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(want)); err != nil {
			t.Fatalf("writing: %v", err)
		}
		kind, got, err := conn.Read(ctx)
		if err != nil || kind != websocket.MessageText || string(got) != want {
			t.Fatalf("got %v %.20q (%v), want %.20q", kind, got, err, want)
		}
	}
}

func TestCoderClient(t *testing.T) {
	for name, mode := range map[string]websocket.CompressionMode{
		"plain":               websocket.CompressionDisabled,
		"context takeover":    websocket.CompressionContextTakeover,
		"no context takeover": websocket.CompressionNoContextTakeover,
	} {
		t.Run(name, func(t *testing.T) {
			ends := make(chan closed, 1)
			var socket *Socket
			url := serve(t, NewUpgrader(Limits{}, Compression{}), func(s *Socket) Handler {
				socket = s
				return echoUntil{echo{s}, ends}
			})
			conn, response := dial(t, url, &websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1})
			roundTrips(t, conn)
			offered := mode != websocket.CompressionDisabled
			if socket.Compressed() != offered || strings.Contains(response.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate") != offered {
				t.Errorf("compression is %v, answered with %v", socket.Compressed(), response.Header)
			}
			ponged := make(chan error, 1)
			ctx := conn.CloseRead(t.Context()) // pongs are seen by whoever reads
			go func() { ponged <- conn.Ping(ctx) }()
			if err := within(t, "pong", ponged); err != nil {
				t.Errorf("Ping: %v", err)
			}
			if err := conn.Close(4000, "done"); err != nil {
				t.Errorf("Close: %v", err)
			}
			if got := within(t, "end", ends); got != (closed{4000, "done"}) {
				t.Errorf("Closed%v", got)
			}
		})
	}
}

type echoUntil struct {
	echo
	ends chan closed
}

func (e echoUntil) Closed(code int, reason string) { e.ends <- closed{code, reason} }

func TestCoderClientIsClosed(t *testing.T) {
	for name, row := range map[string]struct {
		kind    websocket.MessageType
		message string
		code    websocket.StatusCode
	}{
		"binary":     {websocket.MessageBinary, "a", 1003},
		"long frame": {websocket.MessageText, kb32 + "x", 1009},
		"not UTF-8":  {websocket.MessageText, "\xff", 1007},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, NewUpgrader(Limits{}, Compression{}), func(s *Socket) Handler { return echo{s} })
			conn, _ := dial(t, url, nil)
			if err := conn.Write(t.Context(), row.kind, []byte(row.message)); err != nil {
				t.Fatal(err)
			}
			_, _, err := conn.Read(t.Context())
			if got := websocket.CloseStatus(err); got != row.code {
				t.Errorf("closed with %v (%v), want %v", got, err, row.code)
			}
		})
	}
}

func TestGobwasClient(t *testing.T) {
	url := serve(t, NewUpgrader(Limits{}, Compression{}), func(s *Socket) Handler { return echo{s} })
	conn, _, _, err := ws.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, want := range []string{"", "hello", strings.Repeat("x", 32<<10)} {
		if err := wsutil.WriteClientText(conn, []byte(want)); err != nil {
			t.Fatal(err)
		}
		got, op, err := wsutil.ReadServerData(conn)
		if err != nil || op != ws.OpText || string(got) != want {
			t.Errorf("got %x %.20q (%v), want %.20q", op, got, err, want)
		}
	}
}

func TestTLS(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	ends := make(chan closed, 1)
	sockets := make(chan *Socket, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := u.Accept(w, r, nil)
		if err != nil {
			t.Errorf("Accept: %v", err)
			return
		}
		sockets <- s
		s.Serve(echoUntil{echo{s}, ends})
	}))
	t.Cleanup(func() { server.Close(); wait(t, u) })
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
	defer transport.CloseIdleConnections()
	conn, _ := dial(t, "wss"+strings.TrimPrefix(server.URL, "https"), &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	roundTrips(t, conn)
	s := <-sockets
	s.Close(1001, goingAway)
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != 1001 {
		t.Errorf("the client read %v, want the close frame", err)
	}
	if got := within(t, "end", ends); got != (closed{1001, goingAway}) {
		t.Errorf("Closed%v", got)
	}
}

func TestSubprotocolsAreRelayed(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := u.Accept(w, r, []string{"chosen-by-the-backend"})
		if err != nil {
			t.Errorf("Accept: %v", err)
			return
		}
		s.Serve(echo{s})
	}))
	t.Cleanup(func() { server.Close(); wait(t, u) })
	conn, _ := dial(t, "ws"+strings.TrimPrefix(server.URL, "http"), &websocket.DialOptions{Subprotocols: []string{"chosen-by-the-backend"}})
	if got := conn.Subprotocol(); got != "chosen-by-the-backend" {
		t.Errorf("subprotocol %q", got)
	}
}

func TestManyClients(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	url := serve(t, u, func(s *Socket) Handler { return echo{s} })
	var clients sync.WaitGroup
	for range 50 {
		clients.Go(func() {
			conn, _, err := websocket.Dial(t.Context(), url, nil)
			if err != nil {
				t.Errorf("dialing: %v", err)
				return
			}
			defer conn.CloseNow()
			for range 20 {
				if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
					t.Errorf("writing: %v", err)
					return
				}
				if _, got, err := conn.Read(t.Context()); err != nil || string(got) != "hello" {
					t.Errorf("read %q, %v", got, err)
					return
				}
			}
			if err := conn.Close(1000, ""); err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("closing: %v", err)
			}
		})
	}
	clients.Wait()
	wait(t, u)
}
