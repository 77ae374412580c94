package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// behind serves what it knows of clients behind a listener that trusts these.
func behind(t *testing.T, cidr string, refused func(net.Addr, error)) string {
	t.Helper()
	trust, err := NewTrust([]string{cidr}, true)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	policy := &Policy{Trust: trust, Port: func() string { return "8080" }}
	s := &http.Server{ConnContext: ConnContext, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := policy.Client(r)
		host, _ := ParseAuthority(r.Host)
		_, _ = fmt.Fprint(w, c.Address, " ", c.Peer, " ", c.Port(), " ", c.Called(r, &host))
	})}
	ended := make(chan struct{})
	go func() { _ = s.Serve(trust.Listen(inner, nil, refused)); close(ended) }()
	t.Cleanup(func() { _ = s.Close(); <-ended })
	return inner.Addr().String()
}

// ask sends bytes and answers the body of the answer, "" for none.
func ask(t *testing.T, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(c)
	_, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	return body
}

const request = "GET / HTTP/1.1\r\nHost: 192.0.2.1:8080\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Port: 6\r\nConnection: close\r\n\r\n"

func TestHeadsOfTrustedProxies(t *testing.T) {
	refused := make(chan error, 1)
	address := behind(t, "127.0.0.0/8", func(_ net.Addr, why error) { refused <- why })
	for _, row := range []struct{ name, text, want string }{
		{"a line", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 8080\r\n" + request, "203.0.113.9 203.0.113.9 8080 true"},
		{"of another port", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\r\n" + request, "203.0.113.9 203.0.113.9 443 false"},
		{"UNKNOWN", "PROXY UNKNOWN\r\n" + request, "127.0.0.1 127.0.0.1 8080 false"},
		{"binary", binaryHead(commandProxy, overTCP4, tcp4) + request, "203.0.113.9 203.0.113.9 443 false"},
		{"LOCAL", binaryHead(commandLocal, 0) + request, "127.0.0.1 127.0.0.1 8080 false"},
	} {
		if got := ask(t, address, row.text); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	for _, text := range []string{request, "PROXY TCP9 a b c d\r\n" + request, "PROXY TCP4 203.0.113.9 192.0.2.1 5555 8080 " + strings.Repeat("x", 200) + "\r\n" + request} {
		if got := ask(t, address, text); got != "" {
			t.Errorf("%.20q: got %q, want to be hung up on", text, got)
		}
		if err := <-refused; !errors.Is(err, errNoHead) && !errors.Is(err, errBadHead) {
			t.Errorf("%.20q: refused with %v", text, err)
		}
	}
}

// Nobody else's head is read, let alone believed: it is no HTTP.
func TestHeadsOfOthers(t *testing.T) {
	address := behind(t, "10.0.0.0/8", nil)
	if got := ask(t, address, "PROXY TCP4 203.0.113.9 192.0.2.1 5555 8080\r\n"+request); strings.Contains(got, "203") {
		t.Errorf("a head: got %q", got)
	}
	if got := ask(t, address, request); got != "127.0.0.1 127.0.0.1 8080 false" {
		t.Errorf("no head: got %q", got)
	}
}

// pipes is a listener of connections that a test makes.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.over); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// fromProxy is a pipe whose peer is a trusted proxy.
type fromProxy struct{ net.Conn }

func (fromProxy) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 4000} }

// A proxy that is slow with its head holds up nobody else, and not for ever.
func TestHeadsAreBoundedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trust, err := NewTrust([]string{"10.0.0.0/8"}, true)
		if err != nil {
			t.Fatal(err)
		}
		var refused atomic.Int32
		inner := &pipes{make(chan net.Conn), make(chan struct{})}
		l := trust.Listen(inner, nil, func(net.Addr, error) { refused.Add(1) })
		accepted := make(chan net.Conn, 4)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					close(accepted)
					return
				}
				accepted <- c
			}
		}()
		dial := func() net.Conn {
			here, there := net.Pipe()
			inner.conns <- fromProxy{there}
			return here
		}
		began := time.Now()
		slow, silent := dial(), dial()
		written := make(chan struct{})
		go func() {
			defer close(written)
			for _, c := range []byte("PROXY TCP4 203.0.113.9 192.0.2.1 5555 8080\r\n") {
				if _, err := slow.Write([]byte{c}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		quick := dial()
		if _, err := io.WriteString(quick, "PROXY TCP4 203.0.113.9 192.0.2.1 5555 8080\r\n"); err != nil {
			t.Fatal(err)
		}
		c := <-accepted
		if got := c.RemoteAddr().String(); got != "203.0.113.9:5555" || time.Since(began) > time.Second {
			t.Errorf("got %s after %v", got, time.Since(began))
		}
		if _, err := silent.Read(make([]byte, 1)); err == nil {
			t.Error("the silent one was sent something")
		}
		if took := time.Since(began); took < headTime || took > headTime+time.Second {
			t.Errorf("the silent one was waited for %v, want %v", took, headTime)
		}
		if _, err := slow.Read(make([]byte, 1)); err == nil {
			t.Error("the slow one was sent something")
		}
		synctest.Wait()
		if refused.Load() != 2 {
			t.Errorf("%d were refused, want 2", refused.Load())
		}
		late := dial()
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := late.Read(make([]byte, 1)); err == nil {
			t.Error("a connection outlived its listener")
		}
		for range accepted {
		}
		<-written
		if refused.Load() != 2 {
			t.Error("a connection that the listener ended was reported")
		}
		_ = c.Close()
	})
}

func TestNothingIsListenedFor(t *testing.T) {
	inner := &pipes{}
	for _, trust := range []*Trust{nil, mustTrust(t, "10.0.0.0/8")} {
		if l := trust.Listen(inner, nil, nil); l != net.Listener(inner) {
			t.Errorf("%+v: the listener is wrapped", trust)
		}
	}
	r, _ := http.NewRequestWithContext(context.Background(), "GET", "/", nil)
	if proxied(r) != nil {
		t.Error("a request without a connection has a head")
	}
}
