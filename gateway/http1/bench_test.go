package http1

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"runtime"
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

// peers are this server and net/http's, each serving a listener.
var peers = []struct {
	name  string
	serve func(net.Listener, http.Handler) (stop func() error)
}{
	{"own", func(l net.Listener, h http.Handler) func() error {
		s := &Server{Handler: h}
		go func() { _ = s.Serve(l) }()
		return s.Close
	}},
	{"net-http", func(l net.Listener, h http.Handler) func() error {
		s := &http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second,
			WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		}
		go func() { _ = s.Serve(l) }()
		return s.Close
	}},
}

// each runs a benchmark before every peer.
func each(b *testing.B, run func(b *testing.B, address string)) {
	for _, peer := range peers {
		b.Run(peer.name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			stop := peer.serve(l, http.HandlerFunc(small))
			defer func() { _ = stop() }()
			run(b, l.Addr().String())
		})
	}
}

// BenchmarkRequest is one small request on a kept connection over loopback,
// answered by this server and by net/http's. The client is a plain socket.
func BenchmarkRequest(b *testing.B) {
	each(b, func(b *testing.B, address string) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			c, err := net.Dial("tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			for pb.Next() {
				if err := ask(c); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkIdle is the memory of connections that wait for their next request,
// with that of their clients' ends, which is the same for both peers.
func BenchmarkIdle(b *testing.B) {
	each(b, func(b *testing.B, address string) {
		const many = 1000
		before := memory()
		for range b.N {
			var idle []net.Conn
			for range many {
				c, err := net.Dial("tcp", address)
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				if idle = append(idle, c); ask(c) != nil {
					b.Fatal("no answer")
				}
			}
			b.ReportMetric(float64(memory()-before)/many, "bytes/conn")
			for _, c := range idle {
				c.Close()
			}
		}
	})
}

// memory is what lives on the heap and on stacks.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// ask sends a request and reads its answer.
func ask(c net.Conn) error {
	const request = "GET /pets/dog?x=1 HTTP/1.1\r\nHost: api.execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\nX-Two: 2\r\n\r\n"
	var buf [1 << 10]byte
	if _, err := io.WriteString(c, request); err != nil {
		return err
	}
	for have := 0; ; {
		n, err := c.Read(buf[have:])
		if err != nil {
			return err
		}
		if have += n; bytes.HasSuffix(buf[:have], []byte("world!")) {
			return nil
		}
	}
}
