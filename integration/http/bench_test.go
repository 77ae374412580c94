package http

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

const postSize = 1024

// answers is a backend that costs next to nothing: it answers every head with the
// same bytes. The body of a POST is postSize long.
func answers(b *testing.B, reply string) string {
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
					have += n
					if at := bytes.Index(buf[:have], []byte("\r\n\r\n")); at < 0 || buf[0] == 'P' && have < at+4+postSize {
						continue
					}
					have = 0
					if _, err := io.WriteString(c, reply); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// BenchmarkForward is one exchange with a backend on loopback, 128 bytes back.
func BenchmarkForward(b *testing.B) {
	at := answers(b, "HTTP/1.1 200 OK\r\nServer: x\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 128\r\n\r\n"+strings.Repeat("x", 128))
	header := message.Header{
		{Name: "Accept", Value: "*/*"}, {Name: "User-Agent", Value: "bench"}, {Name: "Forwarded", Value: "for=192.0.2.1;host=h;proto=https"},
		{Name: "Via", Value: "HTTP/1.1 AmazonAPIGateway"}, {Name: "X-Amzn-Trace-Id", Value: "Root=1-67891233-abcdef012345678912345678"},
	}
	post := strings.Repeat("x", postSize)
	c := New(Options{})
	b.Cleanup(c.Close)
	direct := newStandard(&c.options)
	b.Cleanup(direct.close)
	ways := []struct {
		name    string
		forward func(ctx context.Context, o *integration.Outgoing) (*integration.Incoming, error)
	}{
		{"upstream", c.Forward},
		{"standard", func(ctx context.Context, o *integration.Outgoing) (*integration.Incoming, error) {
			return direct.forward(ctx, o, o.Address)
		}},
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, method := range []string{"GET", "POST"} {
		for _, way := range ways {
			b.Run(method+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					body := strings.NewReader(post)
					for pb.Next() {
						o := get(at, "/store/checkout?x=1")
						o.Method, o.Header = method, header
						if method == "POST" {
							body.Reset(post)
							o.Body, o.Length = body, int64(len(post))
						}
						in, err := way.forward(ctx, o)
						if err != nil {
							b.Error(err)
							return
						}
						n, err := drain(io.Discard, nil, in)
						in.Body.Close()
						if n != 128 || err != nil {
							b.Error(n, err)
							return
						}
					}
				})
			})
		}
	}
}
