package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is what was measured. Latencies are milliseconds from when a request was due to its
// whole answer.
type Report struct {
	URL         string             `json:"url"`
	Connections int                `json:"connections"`
	Asked       float64            `json:"rateAsked"` // a second; 0: no rate was asked for
	Rate        float64            `json:"rate"`      // answers a second
	Seconds     float64            `json:"seconds"`   // that count
	Opened      float64            `json:"openedIn"`  // seconds that all handshakes took together
	Answers     uint64             `json:"answers"`
	Failures    uint64             `json:"failures"`
	Errors      map[string]uint64  `json:"errors"` // how many of which kind
	Latency     map[string]float64 `json:"latency"`
	Histogram   []Bar              `json:"histogram"`
}

// Bar is how many answers took longer than the bar before it and at most this.
type Bar struct {
	AtMost float64 `json:"atMost"`
	Count  uint64  `json:"count"`
}

// shares are the percentiles that are told.
var shares = []struct {
	name  string
	share float64
}{{"p50", .5}, {"p90", .9}, {"p99", .99}, {"p99.9", .999}}

func (r *run) report(workers []*worker, opened, took time.Duration) *Report {
	all := &histogram{}
	p := &Report{URL: r.URL, Connections: r.Connections, Asked: r.Rate, Opened: opened.Seconds(), Errors: map[string]uint64{}, Latency: map[string]float64{}, Histogram: []Bar{}}
	for _, w := range workers {
		all.merge(&w.histogram)
		for text, n := range w.errors {
			p.Errors[text] += n
			p.Failures += n
		}
		if w.others > 0 {
			p.Errors["others"] += w.others
			p.Failures += w.others
		}
	}
	if p.Seconds = took.Seconds(); p.Seconds > 0 {
		p.Rate = float64(all.n) / p.Seconds
	}
	p.Answers = all.n
	p.Latency["min"], p.Latency["mean"], p.Latency["max"] = ms(all.min), ms(all.mean()), ms(all.max)
	for _, s := range shares {
		p.Latency[s.name] = ms(all.at(s.share))
	}
	p.Histogram = all.bars()
	return p
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// bars are few enough to look at: each is twice the one before.
func (h *histogram) bars() []Bar {
	all, at, i := []Bar{}, time.Microsecond, 0
	for seen := uint64(0); seen < h.n; at *= 2 {
		bar := Bar{AtMost: ms(at)}
		for ; i < buckets && (upper(i) <= at || i == buckets-1); i++ {
			bar.Count += h.counts[i]
		}
		if seen += bar.Count; bar.Count > 0 || len(all) > 0 {
			all = append(all, bar)
		}
	}
	return all
}

// Print tells a person.
func (p *Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d connections, %d answers in %.1f s: %.1f a second", p.URL, p.Connections, p.Answers, p.Seconds, p.Rate)
	if p.Asked > 0 {
		fmt.Fprintf(&b, " of %.1f asked for", p.Asked)
	}
	fmt.Fprintf(&b, "; %d failures\n\nlatency", p.Failures)
	for _, name := range []string{"min", "mean", "p50", "p90", "p99", "p99.9", "max"} {
		fmt.Fprintf(&b, "  %s %.2f ms", name, p.Latency[name])
	}
	b.WriteString("\n\n")
	most := uint64(1)
	for _, bar := range p.Histogram {
		most = max(most, bar.Count)
	}
	for _, bar := range p.Histogram {
		fmt.Fprintf(&b, "%12.3f ms  %-40s %d\n", bar.AtMost, strings.Repeat("#", int(40*bar.Count/most)), bar.Count)
	}
	for _, text := range slices.Sorted(maps.Keys(p.Errors)) {
		fmt.Fprintf(&b, "%d × %s\n", p.Errors[text], text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
