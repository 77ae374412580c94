package httpapi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	web "github.com/dragoman-gateway/dragoman/integration/http"
)

// A backend that answers before it has read everything has its answer passed on,
// and a client that sends no more is not waited for.
func TestAnswersBeforeTheEndOfABody(t *testing.T) {
	for _, length := range []string{"Content-Length: 1000000", "Transfer-Encoding: chunked"} {
		_, s := listen(t, Limits{}, peer(t, func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
			_, _ = io.Copy(io.Discard, c)
		}))
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second)) // well below the time that a client has for its body
		fmt.Fprintf(c, "POST /x HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", length)
		if strings.HasPrefix(length, "Transfer") {
			fmt.Fprint(c, "4\r\nhalf\r\n")
		} else {
			fmt.Fprint(c, "half")
		}
		buffered := bufio.NewReader(c)
		response, err := http.ReadResponse(buffered, nil)
		if err != nil {
			t.Fatalf("%s: %v", length, err)
		}
		if body, err := io.ReadAll(response.Body); response.StatusCode != 403 || string(body) != "no" || err != nil {
			t.Errorf("%s: got %d %q %v", length, response.StatusCode, body, err)
		}
		if _, err := buffered.ReadByte(); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection was kept", length)
		}
	}
}

// A short body that nobody wants does not cost the client its connection.
func TestShortBodiesKeepTheConnection(t *testing.T) {
	_, s := listen(t, Limits{}, peer(t, func(net.Conn, *http.Request) {}))
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	buffered := bufio.NewReader(c)
	for i := range 3 {
		fmt.Fprint(c, "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
		response, err := http.ReadResponse(buffered, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if _, err := io.ReadAll(response.Body); response.StatusCode != 404 || err != nil {
			t.Errorf("request %d: got %d %v", i, response.StatusCode, err)
		}
	}
}

// A client may ask before it sends its body.
func TestExpectContinue(t *testing.T) {
	_, s := listen(t, Limits{}, peer(t, func(c net.Conn, head *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(head.Body, 4))
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body)+len(head.Header.Get("Expect")), string(body)+head.Header.Get("Expect"))
	}))
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprint(c, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
	buffered := bufio.NewReader(c)
	if line, err := buffered.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" || err != nil {
		t.Fatalf("got %q %v", line, err)
	}
	_, _ = buffered.ReadString('\n')
	fmt.Fprint(c, "body")
	response, err := http.ReadResponse(buffered, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(response.Body); string(body) != "body" {
		t.Errorf("got %d %q", response.StatusCode, body)
	}
}

// A request that takes longer than the server has for answers is answered all
// the same.
func TestLateAnswersAreWritten(t *testing.T) {
	client := web.New(web.Options{})
	t.Cleanup(client.Close)
	b := peer(t, func(c net.Conn, head *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(head.Body, head.ContentLength))
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	})
	g := newGateway(Config{Forwarder: client, Limits: Limits{Client: 500 * time.Millisecond}}, proxied(b, "POST /x"))
	s := httptest.NewUnstartedServer(g)
	s.Config.WriteTimeout = 200 * time.Millisecond
	s.Start()
	defer s.Close()
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.WriteString(writer, "slow ")
		time.Sleep(300 * time.Millisecond) // the bound that is passed is one of time
		_, _ = io.WriteString(writer, "body")
		writer.Close()
	}()
	r, err := http.NewRequest("POST", s.URL+"/x", reader)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len("slow body"))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); string(body) != "slow body" || err != nil {
		t.Errorf("got %d %q %v", response.StatusCode, body, err)
	}
}
