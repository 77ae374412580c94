package chaos

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/dragomantest"
)

// liar is a front before a gateway that does to posts what no gateway may: each tenth is harmed.
type liar struct {
	net.Listener
	target string
	harm   func(l *liar, to net.Conn, frame ws.Frame)
	mu     sync.Mutex // Protects fields below.
	posts  int
	first  net.Conn // a client that is upgraded
}

func newLiar(t *testing.T, target string, harm func(*liar, net.Conn, ws.Frame)) *liar {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &liar{Listener: listener, target: target, harm: harm}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(near)
		}
	}()
	return l
}

func (l *liar) carry(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	defer far.Close()
	go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
	from := bufio.NewReader(far)
	answer, err := http.ReadResponse(from, nil)
	if err != nil || answer.Write(near) != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		return
	}
	for {
		header, err := ws.ReadHeader(from)
		if err != nil || header.Length > 1<<16 {
			return
		}
		frame := ws.Frame{Header: header, Payload: make([]byte, header.Length)}
		if _, err := io.ReadFull(from, frame.Payload); err != nil {
			return
		}
		l.hand(near, frame)
	}
}

// hand gives a client a frame, or does to it what is done to each tenth post.
func (l *liar) hand(to net.Conn, frame ws.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = to
	}
	if strings.HasPrefix(string(frame.Payload), "post|") {
		if l.posts++; l.posts%10 == 0 {
			l.harm(l, to, frame)
			return
		}
	}
	_ = ws.WriteFrame(to, frame)
}

// A front that drops, doubles or misroutes a tenth of all messages is seen by a run, and one
// that does nothing is not: the oracle can fail, and fails for a reason.
func TestTheOracleSeesLies(t *testing.T) {
	t.Parallel()
	g := dragomantest.Start(t)
	pages := backend()
	defer pages.Close()
	site, err := build(t.Context(), strings.TrimPrefix(g.Management, "http://"), pages.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		harm func(*liar, net.Conn, ws.Frame)
		want string
	}{
		"truth":     {func(_ *liar, to net.Conn, f ws.Frame) { _ = ws.WriteFrame(to, f) }, ""},
		"drops":     {func(*liar, net.Conn, ws.Frame) {}, "never arrived"},
		"doubles":   {func(_ *liar, to net.Conn, f ws.Frame) { _, _ = ws.WriteFrame(to, f), ws.WriteFrame(to, f) }, "arrived 2 times"},
		"misroutes": {func(l *liar, _ net.Conn, f ws.Frame) { _ = ws.WriteFrame(l.first, f) }, ", and reached "},
	} {
		found := lied(t, site, newLiar(t, g.DataAddr(), row.harm).Addr().String(), g.DataAddr())
		if row.want == "" && len(found) > 0 || row.want != "" && !strings.Contains(strings.Join(found, "\n"), row.want) {
			t.Errorf("%s: the oracle sees %q, want %q", name, found, row.want)
		}
	}
}

// lied has clients behind a front, posts to them, and answers what the oracle says.
func lied(t *testing.T, site *site, front, data string) []string {
	t.Helper()
	l := newLedger(0)
	ctx, cancel := context.WithCancel(t.Context())
	one := &life{}
	c := &crowd{ledger: l, path: site.socketPath(), ctx: ctx, places: []*place{{
		address: front, doors: make(chan struct{}, 8), life: func() *life { return one }, down: func(_, _ time.Time) bool { return false },
	}}}
	defer c.leave(cancel)
	const many = 10
	c.come(many, 1)
	(&fleet{}).within(t, time.Minute, "all clients are connected", func() string { return l.missing(many) })
	for i := range 200 {
		id := l.anybody(10*i + 9)
		n := l.posting(id, 0)
		status, _, err := call(ctx, http.MethodPost, "http://"+data+site.socketPath()+"/@connections/"+id, fmt.Sprint("post|", n))
		if err != nil {
			t.Fatal(err)
		}
		l.posted(n, status)
	}
	// An answer is written after what was posted: when all have one, all was received.
	c.askAll(ctx, 0)
	for end := time.Now().Add(time.Minute); l.waiting() > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	return l.judge()
}
