package front

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// small is a handler as cheap as one can be, that looks at its request and sets
// the lines that a gateway sets.
func small(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Content-Type"] = []string{"text/plain"}
	h["Content-Length"] = []string{"13"}
	h["Apigw-Requestid"] = []string{"JCJXri3_PHcEP_Q="}
	if r.URL.Path == "" || r.Header.Get("User-Agent") == "" {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = io.WriteString(w, "Hello, world!")
}

// BenchmarkRequest is one small request on a kept connection over loopback,
// answered by this server and by net/http's. The client is a plain socket.
func BenchmarkRequest(b *testing.B) {
	handler := http.HandlerFunc(small)
	for _, row := range []struct {
		name  string
		serve func(net.Listener) (stop func() error)
	}{
		{"own", func(l net.Listener) func() error {
			s := &Server{Handler: handler}
			go func() { _ = s.Serve(l) }()
			return s.Close
		}},
		{"net-http", func(l net.Listener) func() error {
			s := &http.Server{
				Handler: handler, ReadHeaderTimeout: 10 * time.Second,
				WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
			}
			go func() { _ = s.Serve(l) }()
			return s.Close
		}},
	} {
		b.Run(row.name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			stop := row.serve(l)
			b.Cleanup(func() { _ = stop() })
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) { ask(b, pb, l.Addr().String()) })
		})
	}
}

func ask(b *testing.B, pb *testing.PB, at string) {
	request := []byte("GET /pets/dog?x=1 HTTP/1.1\r\nHost: api.execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\nX-Two: 2\r\n\r\n")
	c, err := net.Dial("tcp", at)
	if err != nil {
		b.Error(err)
		return
	}
	defer c.Close()
	buf := make([]byte, 4<<10)
	for pb.Next() {
		if _, err := c.Write(request); err != nil {
			b.Error(err)
			return
		}
		for have := 0; ; {
			n, err := c.Read(buf[have:])
			if err != nil {
				b.Error(err)
				return
			}
			if have += n; bytes.HasSuffix(buf[:have], []byte("world!")) {
				break
			}
		}
	}
}
