package http2

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"golang.org/x/net/http2"
)

// calmly is how a connection ends whose client made too much of nothing.
const calmly = "goaway ENHANCE_YOUR_CALM"

// quick answers at once, or when its client has gone.
func quick() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			<-r.Context().Done()
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "fine")
	})
}

// What costs a client nothing is counted, and ends its connection before it costs much.
func TestFloods(t *testing.T) {
	wait := []string{":method", "GET", ":scheme", "http", ":path", "/wait", ":authority", "h"}
	floods := map[string]func(r *raw, n int) error{
		"rapid reset (CVE-2023-44487)": func(r *raw, _ int) error {
			id := r.ask(true, wait...)
			return r.WriteRSTStream(id, http2.ErrCodeCancel)
		},
		"resets that are provoked (CVE-2025-8671)": func(r *raw, _ int) error {
			id := r.ask(true, wait...)
			return r.WriteWindowUpdate(id, 1<<31-1)
		},
		"malformed requests": func(r *raw, _ int) error { r.ask(true, ":method", "GET"); return nil },
		"CONTINUATION without end (CVE-2024-27316)": func(r *raw, n int) error {
			if n == 0 {
				return r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: r.encode(get()...)})
			}
			return r.WriteContinuation(1, false, r.encode("x", strings.Repeat("y", 100)))
		},
		"CONTINUATION of nothing": func(r *raw, n int) error {
			if n == 0 {
				return r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: r.encode(get()...)})
			}
			return r.WriteContinuation(1, false, nil)
		},
		"PING":          func(r *raw, _ int) error { return r.WritePing(false, [8]byte{}) },
		"SETTINGS":      func(r *raw, _ int) error { return r.WriteSettings() },
		"PRIORITY":      func(r *raw, _ int) error { return r.WritePriority(1, http2.PriorityParam{}) },
		"WINDOW_UPDATE": func(r *raw, _ int) error { return r.WriteWindowUpdate(0, 1) },
		"unknown":       func(r *raw, _ int) error { return r.WriteRawFrame(0xbe, 0, 0, nil) },
		"empty DATA": func(r *raw, n int) error {
			if n == 0 {
				r.ask(false, wait...)
			}
			return r.WriteData(1, false, nil)
		},
		"heads that are too long": func(r *raw, _ int) error {
			r.ask(true, get("x", strings.Repeat("y", 600), "z", strings.Repeat("y", 600))...)
			return nil
		},
	}
	address, _ := listenAndServe(t, &Server{Handler: quick(), Limits: Limits{HeadBytes: 1 << 10}}, false)
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			r := dial(t, address)
			go func() {
				for n := 0; n < 200_000 && flood(r, n) == nil; n++ {
				}
			}()
			r.until(calmly)
		})
	}
	r := dial(t, address)
	r.ask(true, get()...)
	r.until(`1: "fine" true`)
}

// What is too long, or wrong, is refused on its stream, and the next request is served.
func TestRefusals(t *testing.T) {
	told := make(chan peer.Refused, 1)
	address, _ := listenAndServe(t, &Server{
		Handler: quick(), Limits: Limits{HeadBytes: 8 << 10, Target: 1 << 10, Fields: 20},
		Refused: func(r peer.Refused) string { told <- r; return "0123456789abcdef" },
	}, false)
	long := strings.Repeat("x", 2000)
	with := func(at int, value string) []string { f := get(); f[at] = value; return f }
	var many []string
	for n := range 30 {
		many = append(many, fmt.Sprint("x-", n), "")
	}
	r := dial(t, address)
	for name, test := range map[string]struct {
		want   string
		fields []string
	}{
		"a long head":                       {"431 false", get("a", long, "b", long, "c", long, "d", long)},
		"many fields":                       {"431 false", get(many...)},
		"the same field, told by its index": {"431 false", get("a", long, "a", long, "a", long, "a", long, "a", long)},
		"a long target":                     {"414 false", with(5, "/"+long)},
		"no host":                           {"400 false", with(7, "a/b")},
		"no method":                         {"PROTOCOL_ERROR", get()[2:]},
		"no method's name":                  {"PROTOCOL_ERROR", with(1, "G T")},
		"no path":                           {"PROTOCOL_ERROR", with(5, "")},
		"a relative path":                   {"PROTOCOL_ERROR", with(5, "a")},
		"a fragment":                        {"PROTOCOL_ERROR", with(5, "/#a")},
		"a control in a path":               {"PROTOCOL_ERROR", with(5, "/\x01")},
		"a scheme":                          {"PROTOCOL_ERROR", with(3, "ftp")},
		"a capital":                         {"PROTOCOL_ERROR", get("Accept", "x")},
		"no name":                           {"PROTOCOL_ERROR", get("a b", "x")},
		"a line end":                        {"PROTOCOL_ERROR", get("a", "x\r\nb: y")},
		"NUL":                               {"PROTOCOL_ERROR", get("a", "x\x00")},
		"space around":                      {"PROTOCOL_ERROR", get("a", " x")},
		"connection":                        {"PROTOCOL_ERROR", get("connection", "close")},
		"transfer-encoding":                 {"PROTOCOL_ERROR", get("transfer-encoding", "chunked")},
		"te":                                {"PROTOCOL_ERROR", get("te", "gzip")},
		"pseudo behind":                     {"PROTOCOL_ERROR", get("a", "x", ":path", "/")},
		"pseudo twice":                      {"PROTOCOL_ERROR", get(":path", "/")},
		"unknown pseudo":                    {"PROTOCOL_ERROR", get(":protocol", "websocket")},
		"another host":                      {"PROTOCOL_ERROR", get("host", "other")},
		"two lengths":                       {"PROTOCOL_ERROR", get("content-length", "0", "content-length", "1")},
		"a length, no body":                 {"PROTOCOL_ERROR", get("content-length", "1")},
		"no length":                         {"PROTOCOL_ERROR", get("content-length", "+0")},
		"CONNECT with a path":               {"PROTOCOL_ERROR", with(1, "CONNECT")},
	} {
		// Whatever a value is, nothing of it is told.
		secret := slices.Clone(test.fields)
		for i := 9; i < len(secret); i += 2 {
			if len(secret[i]) == len(long) {
				secret[i] = strings.Repeat("hunter22", len(long)/8)
			}
		}
		id := r.ask(true, secret...)
		if why := <-told; why.Why == "" || strings.Contains(why.Why, "hunter") || fmt.Sprint(why.Status) != test.want[:3] && test.want[:3] != "PRO" || (why.Body == "") != (test.want[:3] == "PRO") {
			t.Errorf("%s: told %+v", name, why)
		}
		if got, want := r.next(), fmt.Sprintf("%d: %s", id, test.want); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if !strings.HasPrefix(test.want, "PROTOCOL") {
			r.next() // what the refusal says
		}
		id = r.ask(true, get()...)
		if got, want := r.next(), fmt.Sprintf("%d: 200 false", id); got != want {
			t.Fatalf("after %s: got %s, want %s", name, got, want)
		}
		r.next()
	}
}

// Bodies have the length that was declared, and no more than the windows allow.
func TestBodiesAreBounded(t *testing.T) {
	address, _ := listenAndServe(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			_, _ = io.Copy(io.Discard, r.Body)
			return
		}
		<-r.Context().Done()
	})}, false)
	r := dial(t, address)
	r.ask(false, get("content-length", "3")...)
	_ = r.WriteData(1, false, []byte("four"))
	r.until("1: PROTOCOL_ERROR")
	r.ask(false, get("content-length", "3")...)
	_ = r.WriteData(3, true, []byte("no"))
	r.until("3: PROTOCOL_ERROR")
	fields := get()
	fields[5] = "/unread"
	id := r.ask(false, fields...)
	for range streamWindow/frameBytes + 1 {
		_ = r.WriteData(id, false, make([]byte, frameBytes))
	}
	r.until(fmt.Sprintf("%d: FLOW_CONTROL_ERROR", id))
	// The connection has its window back: four times that goes through it, in bodies for which
	// there is room even while the one above is not forgotten, and a quarter not told of.
	const half = streamWindow / 2
	for range 4 * connWindow / half {
		id := r.ask(false, get()...)
		for range half / frameBytes {
			_ = r.WriteData(id, false, make([]byte, frameBytes))
		}
		_ = r.WriteData(id, true, nil)
		r.until(fmt.Sprintf("%d: 200", id))
	}
	a, b := r.ask(false, fields...), r.ask(false, fields...)
	c := r.ask(false, fields...)
	for range streamWindow / frameBytes {
		for _, id := range []uint32{a, b, c} {
			_ = r.WriteData(id, false, make([]byte, frameBytes))
		}
	}
	r.until("goaway FLOW_CONTROL_ERROR")
}

// More streams than are allowed are refused, so that their client may ask again.
func TestStreamsAreBounded(t *testing.T) {
	address, _ := listenAndServe(t, &Server{Handler: quick(), Limits: Limits{Streams: 3}}, false)
	r := dial(t, address)
	fields := get()
	fields[5] = "/wait"
	for range 4 {
		r.ask(true, fields...)
	}
	if got := r.next(); got != "7: REFUSED_STREAM" {
		t.Errorf("got %s, want 7: REFUSED_STREAM", got)
	}
}

// What all clients together have held is bounded, however little it costs each of them: requests
// whose answers are not taken, cookies that are told by their index, bodies that nobody reads. The
// first request of a connection is served all the same, and in the end everything is given back.
func TestWhatClientsHoldIsBounded(t *testing.T) {
	begun, read, ended := make(chan bool), make(chan bool), make(chan error, 1)
	held := budget.New(256<<10, budget.Options{})
	address, _ := listenAndServe(t, &Server{Bodies: held, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			close(begun)
			<-read
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
			return
		}
		_, _ = io.WriteString(w, "fine")
	})}, false)
	none := http2.Setting{ID: http2.SettingInitialWindowSize}
	many, others := dial(t, address, none), dial(t, address)
	var crumbs []string
	for range 14 {
		crumbs = append(crumbs, "cookie", strings.Repeat("x", 4000))
	}
	got := map[string]int{}
	for n := range 30 {
		fields := get()
		if n >= 20 {
			fields = get(crumbs...)
		}
		id := many.ask(true, fields...)
		got[strings.TrimPrefix(many.next(), fmt.Sprintf("%d: ", id))]++
	}
	// 256 KiB are one request that is free, and 16 that are not.
	if want := map[string]int{"200 false": 17, "503 true": 13}; !maps.Equal(got, want) {
		t.Errorf("requests whose answers are not taken: got %v, want %v", got, want)
	}
	others.ask(true, get()...)
	others.until(`1: "fine" true`)
	_ = many.Close()
	idle := func() bool { return held.Used() == 0 }
	await(t, "everything is given back", idle)
	fields := get()
	fields[5] = "/late"
	late := dial(t, address)
	late.ask(false, fields...)
	<-begun
	if !held.Take(180<<10, 0) {
		t.Fatal("no memory for the others")
	}
	for range 7 {
		_ = late.WriteData(1, false, make([]byte, frameBytes))
	}
	_ = late.WritePing(false, [8]byte{})
	for f, err := late.ReadFrame(); ; f, err = late.ReadFrame() {
		if ping, ok := f.(*http2.PingFrame); ok && ping.IsAck() {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	close(read)
	if err := <-ended; !errors.Is(err, budget.ErrFull) {
		t.Errorf("a body for which there is no memory: got %v", err)
	}
	late.until("1: 200 true")
	held.Give(180 << 10)
	await(t, "the body is given back", idle)
}

// Heads of answers have no window. A client that takes nothing has few of them wait, and in the end
// has all of them.
func TestHeadsWaitForTheirClient(t *testing.T) {
	const requests, size = 64, 256 << 10
	var entered atomic.Int32
	s := &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered.Add(1)
		w.Header().Set("X-Long", strings.Repeat("x", size))
	})}
	address, _ := listenAndServe(t, s, false)
	r := dial(t, address)
	r.MaxHeaderListSize = 2 * size
	var all bytes.Buffer // so that they are read at once: later ones are not, while much waits
	direct := r.Framer
	r.Framer = http2.NewFramer(&all, nil)
	for range requests {
		r.ask(true, get()...)
	}
	r.Framer = direct
	_, _ = r.Write(all.Bytes())
	await(t, "handlers run", func() bool { return entered.Load() > 0 })
	waits := func() (most int) {
		s.each(func(c *conn) {
			c.mu.Lock()
			defer c.mu.Unlock()
			most = max(most, len(c.out))
		})
		return most
	}
	for n := range requests {
		if got := waits(); got > waitingBytes+2*size {
			t.Fatalf("%d bytes wait for a client that has taken %d of %d answers", got, n, requests)
		}
		if got := r.next(); !strings.HasSuffix(got, ": 200 true") {
			t.Fatalf("got %s, want an answer", got)
		}
	}
}

// await waits for what happens elsewhere.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so: %s", what)
		}
	}
}

// Windows of the client are kept to: of it in all, of a stream, and as they change.
func TestWindows(t *testing.T) {
	address, _ := listenAndServe(t, &Server{Handler: quick()}, false)
	r := dial(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1})
	r.ask(true, get()...)
	r.until(`1: "f" false`)
	_ = r.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 2})
	r.until(`1: "i" false`)
	_ = r.WriteWindowUpdate(1, 100)
	r.until(`1: "ne" true`)
}

// A clock ends what takes too long.
func TestLimitsOfTime(t *testing.T) {
	short := Limits{Head: time.Second, Idle: time.Second, Answer: time.Second, Wait: time.Second}
	ended := make(chan error, 4)
	address, _ := listenAndServe(t, &Server{Limits: short, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/wait":
			<-r.Context().Done()
		case "/body":
			_, err := io.ReadAll(r.Body)
			ended <- err
		}
	})}, false)
	silent := dialBare(t, address)
	idle, head, late, body := dial(t, address), dial(t, address), dial(t, address), dial(t, address)
	_ = head.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head.encode(get()...)})
	fields := get()
	fields[5] = "/wait"
	late.ask(true, fields...)
	fields[5] = "/body"
	body.ask(false, fields...)
	idle.until("goaway NO_ERROR")
	head.until("closed")
	late.until("1: INTERNAL_ERROR")
	if err := <-ended; err == nil {
		t.Error("a body that does not come has ended well")
	}
	if _, err := io.ReadAll(silent); err != nil {
		t.Errorf("a silent client: %v", err)
	}
}

// A client that takes nothing holds its own connection up, and not for long.
func TestSlowReader(t *testing.T) {
	ended := make(chan error, 1)
	s := &Server{Limits: Limits{Wait: time.Second}, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 64<<10))
		}
		ended <- err
	})}
	address, _ := listenAndServe(t, s, false)
	r := dial(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
	_ = r.WriteWindowUpdate(0, 1<<30)
	r.ask(true, get()...)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the handler still writes")
	}
}
