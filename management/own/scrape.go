package own

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/wire"
)

// ScrapePath is where Prometheus reads.
const ScrapePath = "/metrics"

// Scrape is what Prometheus reads, as an operation: where signatures are verified it is judged as
// all others are, for series have the names of APIs, stages and routes. Keys that are limited to
// some APIs do not read those of all.
func Scrape(metrics http.Handler) []wire.Row {
	return []wire.Row{{
		Operation: &wire.Operation{Name: "ScrapeMetrics", Method: "GET", Path: ScrapePath, Status: 200},
		Handle: func(ctx context.Context, _ *wire.Request) (any, error) {
			// A request of its own: what the caller accepts must not decide what is written here.
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, ScrapePath, nil)
			if err != nil {
				return nil, fault.E("own.ScrapeMetrics", err)
			}
			w := &page{header: http.Header{}, status: http.StatusOK}
			metrics.ServeHTTP(w, r)
			if w.status != http.StatusOK {
				return nil, fault.E("own.ScrapeMetrics", fmt.Errorf("the metrics were answered with %d", w.status))
			}
			return wire.Document{ContentType: w.header.Get("Content-Type"), Body: w.body.Bytes()}, nil
		},
	}}
}

// page takes what a handler answers. The number of series is bounded, so that it is too.
type page struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (p *page) Header() http.Header         { return p.header }
func (p *page) WriteHeader(status int)      { p.status = status }
func (p *page) Write(b []byte) (int, error) { return p.body.Write(b) }
