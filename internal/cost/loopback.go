package cost

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// PostSize is how long the body of a POST to Backend is, in bytes.
const PostSize = 1024

// reply is what a Backend answers: 128 bytes that end in end.
var reply = []byte("HTTP/1.1 200 OK\r\nServer: x\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 128\r\n\r\n" + strings.Repeat("x", 128))

var end = []byte("xxxx")

// Backend answers every request on loopback with the same 128 bytes, until the benchmark
// ends. It costs next to nothing and allocates nothing for a request, so that what is
// counted is the caller's.
func Backend(b *testing.B) (address string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var group tasks.Group
	var mu sync.Mutex // Protects conns below.
	var conns []net.Conn
	group.Go("a backend", func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			group.Go("a client of a backend", func() { converse(c) })
		}
	})
	b.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return l.Addr().String()
}

// converse answers each head, and each POST when its body is there.
func converse(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 16<<10)
	for have := 0; ; {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		if at := bytes.Index(buf[:have], []byte("\r\n\r\n")); at < 0 || buf[0] == 'P' && have < at+4+PostSize {
			continue
		}
		have = 0
		if _, err := c.Write(reply); err != nil {
			return
		}
	}
}

// Requests sends one request after the other on a connection for each processor, and reads
// what a Backend has answered. It allocates nothing for a request.
func Requests(b *testing.B, address string, request []byte) {
	b.Helper()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		c, err := net.Dial("tcp", address)
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
			for have := 0; !bytes.HasSuffix(buf[:have], end); {
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
