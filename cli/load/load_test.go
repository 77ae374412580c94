package load

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// Percentiles are those of the sorted latencies, to 2 %, and of parts together as of the whole.
func TestHistogram(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var whole, one, two histogram
	var all []time.Duration
	for i := range 20_000 {
		d := time.Duration(random.ExpFloat64() * float64(20*time.Millisecond))
		all = append(all, d)
		whole.add(d)
		if i%3 == 0 {
			one.add(d)
		} else {
			two.add(d)
		}
	}
	one.merge(&two)
	if one != whole {
		t.Error("two parts are not the whole")
	}
	slices.Sort(all)
	for _, share := range []float64{.01, .5, .9, .99, .999, 1} {
		got, want := whole.at(share), all[int(share*float64(len(all)))-1]
		if got < want || float64(got) > float64(want)*growth+float64(2*time.Microsecond) {
			t.Errorf("%v: got %v, want %v", share, got, want)
		}
	}
	if whole.at(1) != all[len(all)-1] || whole.min != all[0] || whole.n != 20_000 {
		t.Errorf("got %v to %v", whole.min, whole.at(1))
	}
	var n uint64
	for _, bar := range whole.bars() {
		n += bar.Count
	}
	if n != whole.n {
		t.Errorf("the bars have %d of %d", n, whole.n)
	}
	if empty := (&histogram{}); empty.at(.99) != 0 || empty.mean() != 0 || len(empty.bars()) != 0 {
		t.Error("nothing was measured, and has figures")
	}
	var long histogram
	long.add(time.Hour)
	if long.at(.5) != time.Hour || len(long.bars()) == 0 {
		t.Errorf("got %v", long.at(.5))
	}
}

func options(url string) *Options {
	return &Options{URL: url, Connections: 4, Rate: 200, Duration: 500 * time.Millisecond, WarmUp: 100 * time.Millisecond, Timeout: 30 * time.Second, Method: "GET"}
}

// A server that stops for a while is asked on by the clock: those who had to wait count with
// all of their wait, and as many are asked as the rate says.
func TestAnOpenLoop(t *testing.T) {
	t.Parallel()
	const stop = 300 * time.Millisecond
	var asked atomic.Int64
	gate := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == 40 { // once, after the warm-up
			time.AfterFunc(stop, func() { close(gate) })
		}
		if asked.Load() >= 40 {
			<-gate
		}
	}))
	defer s.Close()
	report, err := Run(t.Context(), options(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	if report.Answers != 100 || report.Failures != 0 || asked.Load() != 120 {
		t.Errorf("got %d answers and %d failures of %d, want 100 that count of 120", report.Answers, report.Failures, asked.Load())
	}
	// At 200 a second 60 were due while nothing was answered; a closed loop had asked 4.
	if report.Latency["p50"] < 10 || report.Latency["max"] < 250 {
		t.Errorf("the stop is not seen: %v", report.Latency)
	}
}

func TestFailuresAreCounted(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodPut || r.Header.Get("X-Test") != "yes":
			w.WriteHeader(http.StatusTeapot)
		case r.ContentLength != 3:
			panic(http.ErrAbortHandler)
		default:
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	defer s.Close()
	o := options(s.URL)
	o.Method, o.Body, o.Header, o.Rate = "PUT", []byte("abc"), map[string]string{"X-Test": "yes"}, 0
	o.Duration = 100 * time.Millisecond
	report, err := Run(t.Context(), o)
	if err != nil || report.Answers != 0 || report.Failures == 0 || report.Errors["status 429"] != report.Failures {
		t.Errorf("got %+v, %v", report, err)
	}
	var b bytes.Buffer
	if err := report.Print(&b); err != nil || !strings.Contains(b.String(), "× status 429") {
		t.Errorf("got %s", &b)
	}
}

// Messages are answered by frames; a connection that is lost is one failure, and is made anew.
func TestSockets(t *testing.T) {
	t.Parallel()
	var lost, handshakes atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handshakes.Add(1)
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		for {
			kind, text, err := c.Read(context.Background())
			if err != nil || string(text) != "hi" {
				return
			}
			if lost.Add(1) == 50 {
				_ = c.Close(4000, "")
				return
			}
			if err := c.Write(context.Background(), kind, text); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	o := options("ws" + s.URL[len("http"):])
	o.Body = []byte("hi")
	report, err := Run(t.Context(), o)
	if err != nil || report.Answers != 99 || report.Failures != 1 || report.Errors["closed with code 4000"] != 1 || handshakes.Load() != 5 {
		t.Errorf("got %+v (%v), %d handshakes", report, err, handshakes.Load())
	}
	o.URL = s.URL + "/none"
	o.URL = "ws://127.0.0.1:1/"
	if _, err := Run(t.Context(), o); err == nil {
		t.Error("nobody is there, and it runs")
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer s.Close()
	o := options(s.URL)
	o.Duration = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := Run(ctx, o); err == nil {
		t.Error("it was interrupted and says nothing")
	}
}

func TestOptions(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no URL": func(o *Options) { o.URL = "localhost" }, "another scheme": func(o *Options) { o.URL = "ftp://x" }, "no connection": func(o *Options) { o.Connections = 0 },
		"too many": func(o *Options) { o.Connections = mostConnections + 1 }, "a negative rate": func(o *Options) { o.Rate = -1 }, "no time": func(o *Options) { o.Duration = 0 },
		"no end": func(o *Options) { o.Timeout = 0 }, "a long wait": func(o *Options) { o.Timeout = time.Hour },
	} {
		o := options("http://x")
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		if change(o); o.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
