package http

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// counted is a resolver of one target that knows how many calls are under way.
type counted struct {
	address string
	calls   atomic.Int32
	blamed  atomic.Int32
}

func (c *counted) Pick(*integration.Link) (integration.Target, error) {
	c.calls.Add(1)
	return c, nil
}
func (c *counted) Address() string { return c.address }
func (c *counted) Release(failed bool) {
	c.calls.Add(-1)
	if failed {
		c.blamed.Add(1)
	}
}

// cursedBody panics when it is read for the second time.
type cursedBody struct{ read bool }

func (b *cursedBody) Read(p []byte) (int, error) {
	if b.read {
		panic("of the body")
	}
	b.read = true
	return copy(p, "hello"), nil
}

// An upload whose body panics fails its own exchange: the target is given back
// without blame, and the next exchange is served.
func TestAPanicOfAnUploadFailsItsExchange(t *testing.T) {
	reports := tasks.NewReporter(slog.New(slog.DiscardHandler))
	links := &counted{}
	both(t, Options{Reports: reports, Resolver: links}, func(t *testing.T, c *Client) {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, "fine")
		})
		links.address = host(s)
		before := reports.Panics()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, link := range []*integration.Link{nil, {ID: "link"}} {
			o := get(host(s), "/")
			o.Method, o.Body, o.Length, o.Link = "POST", &cursedBody{}, 1<<20, link
			in, err := c.Forward(ctx, o)
			if err == nil {
				in.Body.Close()
				t.Error("half a request got a reply")
			}
			if ctx.Err() != nil {
				t.Fatal("the exchange did not end by itself")
			}
		}
		if got := reports.Panics() - before; got != 2 {
			t.Errorf("%d panics are counted, want 2", got)
		}
		if links.calls.Load() != 0 || links.blamed.Load() != 0 {
			t.Errorf("%d calls are under way, %d are blamed on the target", links.calls.Load(), links.blamed.Load())
		}
		o := get(host(s), "/")
		o.Method, o.Body, o.Length = "POST", strings.NewReader("x"), 1
		if _, body := fetch(t, c, o); body != "fine" {
			t.Errorf("the neighbour got %q", body)
		}
	})
}
