package socket

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// plain is the echo server that a user of gobwas/ws would write, the measure of
// what this room costs.
func plain(tb testing.TB) (url string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			tb.Errorf("UpgradeHTTP: %v", err)
			return
		}
		go func() {
			defer conn.Close()
			for {
				data, op, err := wsutil.ReadClientData(conn)
				if err != nil {
					return
				}
				if err := wsutil.WriteServerMessage(conn, op, data); err != nil {
					return
				}
			}
		}()
	}))
	tb.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func ours(tb testing.TB) (url string) {
	u := NewUpgrader(Limits{}, Compression{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := u.Accept(w, r, nil)
		if err != nil {
			tb.Errorf("Accept: %v", err)
			return
		}
		s.Serve(echo{s})
	}))
	tb.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func BenchmarkEcho(b *testing.B) {
	for _, server := range []struct {
		name  string
		start func(testing.TB) string
	}{{"plain gobwas", plain}, {"socket", ours}} {
		for _, window := range []int{1, 16} {
			name := server.name + "/one in flight"
			if window > 1 {
				name = server.name + "/16 in flight"
			}
			b.Run(name, func(b *testing.B) { drive(b, server.start(b), window) })
		}
	}
}

// drive keeps window messages of 128 bytes under way on one connection.
func drive(b *testing.B, url string, window int) {
	conn, early, _, err := ws.Dial(b.Context(), url)
	if err != nil || early != nil {
		b.Fatal(err, early)
	}
	defer conn.Close()
	message := strings.Repeat("x", 128)
	frame := masked(ws.OpText, true, message)
	r := bufio.NewReaderSize(conn, 32<<10)
	reply := make([]byte, 4+128)
	b.ReportAllocs()
	for b.Loop() {
		if window--; window >= 0 {
			send(b, conn, frame)
			continue
		}
		if _, err := io.ReadFull(r, reply); err != nil || string(reply[4:]) != message {
			b.Fatalf("reply %q, %v", reply, err)
		}
		send(b, conn, frame)
	}
}

func send(b *testing.B, conn net.Conn, frame []byte) {
	if _, err := conn.Write(frame); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkInflate(b *testing.B) {
	u := NewUpgrader(Limits{}, Compression{})
	s := u.socket(nil, nil, 15)
	text := []byte(strings.Repeat("an interpreter who carried words between the two sides ", 20))
	packed := s.deflate(text)
	b.ReportAllocs()
	for b.Loop() {
		if got, err := u.inflate(packed.b, 1<<20); err != nil || len(got) != len(text) {
			b.Fatal(len(got), err)
		}
	}
}

func BenchmarkDeflate(b *testing.B) {
	u := NewUpgrader(Limits{}, Compression{})
	s := u.socket(nil, nil, 15)
	text := []byte(strings.Repeat("an interpreter who carried words between the two sides ", 20))
	b.ReportAllocs()
	for b.Loop() {
		u.release(s.deflate(text))
	}
}
