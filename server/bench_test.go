package server

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/client"
)

// echoes answers every head on a listener with the same bytes: a backend that costs
// next to nothing and allocates nothing for a request.
func echoes(b *testing.B, reply string) string {
	answer := []byte(reply)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 16<<10)
				for have := 0; ; {
					n, err := c.Read(buf[have:])
					if err != nil {
						return
					}
					if have += n; !bytes.HasSuffix(buf[:have], []byte("\r\n\r\n")) {
						continue
					}
					have = 0
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// BenchmarkProxy is one request through HTTP_PROXY on loopback, with everything that
// the gateway puts between a socket and a socket: its own listener, routing, the route,
// and its client of backends. Client and backend allocate nothing, so that what is
// counted is the gateway's.
func BenchmarkProxy(b *testing.B) {
	reply := "HTTP/1.1 200 OK\r\nServer: x\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 128\r\n\r\n" + strings.Repeat("x", 128)
	at, host := gateway(b, echoes(b, reply))
	request := []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\n\r\n")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
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
			for have := 0; !bytes.HasSuffix(buf[:have], []byte("xxxx")); {
				n, err := c.Read(buf[have:])
				if err != nil {
					b.Error(err)
					return
				}
				have += n
			}
			if !bytes.HasPrefix(buf, []byte("HTTP/1.1 200")) {
				b.Errorf("%.200s", buf)
				return
			}
		}
	})
}

// gateway is a whole gateway with one route to a backend; host chooses its API.
func gateway(b *testing.B, backend string) (address, host string) {
	s, c := serving(b, func(*Config) {})
	api := proxied(b, c, backend, "GET /items/{id}", "/{id}", &client.CreateStageInput{})
	return s.DataAddr(), api + ".execute-api.localhost"
}
