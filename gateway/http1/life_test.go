package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/http2"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

func TestHijack(t *testing.T) {
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			var over sync.WaitGroup
			over.Add(1)
			address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, buffered, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := w.Write([]byte("x")); err != http.ErrHijacked {
					t.Errorf("Write: got %v, want ErrHijacked", err)
				}
				if _, _, err := w.(http.Hijacker).Hijack(); err != http.ErrHijacked {
					t.Errorf("Hijack again: got %v, want ErrHijacked", err)
				}
				early, _ := buffered.Peek(buffered.Reader.Buffered())
				fmt.Fprintf(buffered, "early %q;", early)
				buffered.Flush()
				go func() {
					defer over.Done()
					defer conn.Close()
					_, _ = io.Copy(conn, buffered)
				}()
			}))
			c := dial(t, address)
			send(t, c, "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nframes")
			got := make([]byte, len(`early "frames";frames`))
			if _, err := io.ReadFull(c, got); err != nil {
				t.Fatal(err)
			}
			send(t, c, "more")
			_ = c.(*net.TCPConn).CloseWrite()
			over.Wait()
			if text := string(got) + rest(t, c); text != `early "frames";framesmore` {
				t.Errorf("got %q", text)
			}
		})
	}
}

// The spelling and the order of every request are known, not of the first alone.
func TestHeaderAsItWasSent(t *testing.T) {
	address := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, (*peer.Policy)(nil).Client(r.WithContext(context.WithValue(r.Context(), http.NoBody, 1))).Header)
	})})
	got := answers(converse(t, address, "GET / HTTP/1.1\r\nhOST: h\r\nx-ODD: 1\r\n\r\nGET / HTTP/1.1\r\nhost: h\r\nX-b: 1\r\nx-a:\r\nX-B:  2 \r\nConnection: close\r\n\r\n"), []string{"GET", "GET"})
	for i, want := range []string{"200 [{hOST h} {x-ODD 1}]", "200 [{host h} {X-b 1} {x-a } {X-B 2} {Connection close}]"} {
		if got[i] != want {
			t.Errorf("got %q, want %q", got[i], want)
		}
	}
}

// What a handler keeps of a request stays as it was.
func TestRequestsStay(t *testing.T) {
	var kept []*http.Request
	address := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept = append(kept, r)
		_, _ = w.Header(), w
	})})
	converse(t, address, "GET /first HTTP/1.1\r\nHost: a\r\nx-n: 1\r\n\r\nGET /second?q HTTP/1.1\r\nHost: b\r\nX-n: 2\r\n\r\nGET /third"+end)
	var got []string
	for _, r := range kept {
		got = append(got, fmt.Sprint(r.Host, r.URL, r.Header["X-N"]))
	}
	if want := []string{"a/first [1]", "b/second?q [2]", "h/third []"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A handler that writes after its end disturbs nobody.
func TestWritersEnd(t *testing.T) {
	var kept http.ResponseWriter
	address := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kept == nil {
			kept = w
			return
		}
		kept.Header().Set("X-Wrong", "1")
		kept.WriteHeader(500)
		if _, err := kept.Write([]byte("wrong")); err == nil {
			t.Error("writing after the end was taken")
		}
		if err := http.NewResponseController(kept).Flush(); err == nil {
			t.Error("flushing after the end was taken")
		}
		if _, _, err := http.NewResponseController(kept).Hijack(); err == nil {
			t.Error("the connection was taken over after the end")
		}
	})})
	got := answers(converse(t, address, "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /"+end), []string{"GET", "GET"}, "X-Wrong")
	if want := []string{"200  X-Wrong=[]", "200  X-Wrong=[]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHTTP2IsServedElsewhere(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	s := &Server{Handler: h, Streams: &http2.Server{Handler: h}}
	address := serveOwn(t, s)
	var only http.Protocols
	only.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &only}
	resp, err := (&http.Client{Transport: transport}).Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(body) != "HTTP/2.0" {
		t.Errorf("got %q, want HTTP/2.0", body)
	}
	transport.CloseIdleConnections()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestShutdownEndsIdleConnections(t *testing.T) {
	s := &Server{Handler: contractHandler(), Limits: Limits{Grace: time.Nanosecond}}
	address := serveOwn(t, s)
	fresh, used := dial(t, address), dial(t, address)
	send(t, used, "GET /empty HTTP/1.1\r\nHost: h\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(used), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := rest(t, fresh) + rest(t, used); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("the listener is still open")
	}
	if err := s.Serve(listen(t)); err != http.ErrServerClosed {
		t.Errorf("Serve afterwards: got %v, want ErrServerClosed", err)
	}
}

func TestShutdownWaitsForRequests(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	s := &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-goOn
		_, _ = io.WriteString(w, "done")
	})}
	c := dial(t, serveOwn(t, s))
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err != context.Canceled {
		t.Errorf("while the request runs: got %v, want Canceled", err)
	}
	close(goOn)
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := rest(t, c); !strings.HasSuffix(got, "done") || !strings.Contains(got, "Connection: close\r\n") {
		t.Errorf("got %q, want an answer that closes", got)
	}
}

func TestCloseEndsRequests(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	s := &Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		defer close(ended)
		close(begun)
		_, err := io.ReadAll(r.Body)
		if err == nil {
			t.Error("the body came to its end")
		}
	})}
	c := dial(t, serveOwn(t, s))
	send(t, c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n")
	<-begun
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}

// TestShutdownUnderLoad says that a shutdown costs no request: every one that was
// sent on a connection that had been answered with keep-alive is answered.
func TestShutdownUnderLoad(t *testing.T) {
	s := &Server{Limits: Limits{Grace: 5 * time.Second}, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok")
	})}
	address := serveOwn(t, s)
	var clients sync.WaitGroup
	var served atomic.Int64
	enough := make(chan struct{})
	for range 20 {
		c := dial(t, address)
		clients.Go(func() {
			r := bufio.NewReader(c)
			for {
				_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
				resp, answer := http.ReadResponse(r, nil)
				if err = errors.Join(err, answer); err != nil {
					t.Errorf("a request was lost: %v", err)
					return
				}
				if body, err := io.ReadAll(resp.Body); string(body) != "ok" || err != nil {
					t.Errorf("got %q %v", body, err)
					return
				}
				if served.Add(1) == 2000 {
					close(enough)
				}
				if resp.Close {
					return
				}
			}
		})
	}
	<-enough
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	clients.Wait()
}

// The end of a client that comes together with its last request is not missed.
func TestHalfClosedClientsAreAnsweredAndEnd(t *testing.T) {
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			address := serve(t, contractHandler())
			for range 10 {
				c := dial(t, address)
				send(t, c, "GET /empty HTTP/1.1\r\nHost: h\r\n\r\n")
				_ = c.(*net.TCPConn).CloseWrite()
				if got := answers(rest(t, c), []string{"GET"}); !slices.Equal(got, []string{"200 "}) {
					t.Errorf("got %q", got)
				}
			}
		})
	}
}

// Requests that come while another one is being served are not missed either,
// whole or in pieces.
func TestRequestsThatOverlap(t *testing.T) {
	goOn := make(chan struct{})
	address := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-goOn
		_, _ = io.WriteString(w, r.URL.Path)
	})})
	c := dial(t, address)
	for _, piece := range []string{"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /2 HTTP/1.1\r\nHo", "st: h\r\n\r\n", "GET /3 HTTP/1.1\r\nHost: h\r\n\r\nGET /4" + end} {
		send(t, c, piece)
		select {
		case goOn <- struct{}{}:
		case <-time.After(50 * time.Millisecond): // the head is not whole yet
		}
	}
	close(goOn)
	got := answers(rest(t, c), []string{"GET", "GET", "GET", "GET"})
	if want := []string{"200 /1", "200 /2", "200 /3", "200 /4"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A server that parts answers, with the end of each connection, and listens on.
func TestPart(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	s := &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-goOn
		}
		_, _ = io.WriteString(w, "done")
	})}
	address := serveOwn(t, s)
	idle, slow := dial(t, address), dial(t, address)
	send(t, slow, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
	<-begun
	s.Part()
	close(goOn)
	for name, c := range map[string]net.Conn{"idle": idle, "under way": slow, "new": dial(t, address)} {
		if name != "under way" {
			send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		}
		if got := rest(t, c); !strings.HasSuffix(got, "done") || !strings.Contains(got, "Connection: close\r\n") {
			t.Errorf("%s: got %q, want an answer that closes", name, got)
		}
	}
}
