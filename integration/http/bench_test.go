package http

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/message"
)

// BenchmarkForward is one exchange with a backend on loopback, 128 bytes back.
func BenchmarkForward(b *testing.B) {
	at := cost.Backend(b)
	header := message.Header{
		{Name: "Accept", Value: "*/*"}, {Name: "User-Agent", Value: "bench"}, {Name: "Forwarded", Value: "for=192.0.2.1;host=h;proto=https"},
		{Name: "Via", Value: "HTTP/1.1 AmazonAPIGateway"}, {Name: "X-Amzn-Trace-Id", Value: "Root=1-67891233-abcdef012345678912345678"},
	}
	post := strings.Repeat("x", 1024)
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
