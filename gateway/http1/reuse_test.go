package http1

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// letGo is the promise, as handlers make it.
func letGo(w http.ResponseWriter) bool { return w.(interface{ LetGo() bool }).LetGo() }

// conversation sends requests on one connection and gives the bodies of their answers.
func conversation(t *testing.T, address string, requests ...string) (bodies []string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers := bufio.NewReader(c)
	for _, request := range requests {
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		got, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(body))
	}
	return bodies
}

// A request that is made of the parts of others has nothing of them, whatever they had.
func TestNothingOfARequestReachesTheNext(t *testing.T) {
	at := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %v %s %v %v %d %q %v %v %v %v %q %v", r.Method, r.URL, r.Proto, r.Header, r.Trailer, r.ContentLength, r.TransferEncoding, r.Close, r.Form, r.Context().Err(), r.Pattern, body, err)
		_ = r.ParseForm()
		r.SetPathValue("a", "b")
		r.Pattern = "mine"
		r.Header.Add("X-Left", "behind")
		if !letGo(w) {
			t.Error("the server keeps the request although nobody waits for its end")
		}
	})})
	const plain = "GET /plain HTTP/1.1\r\nHost: h\r\n\r\n"
	many := "GET http://h/many?x=1 HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("x-a: 1\r\n", 100) + "\r\n"
	lines := make([]string, 100)
	for i := range lines {
		lines[i] = fmt.Sprintf("x-%d: 1\r\n", i)
	}
	wide := "GET /wide HTTP/1.1\r\nHost: h\r\n" + strings.Join(lines, "") + "\r\n"
	chunks := "POST /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"
	form := "POST /form?a=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\nb=2"
	old := "GET /old HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"
	want := conversation(t, at, plain)[0]
	for name, before := range map[string]string{"many": many, "wide": wide, "chunks": chunks, "form": form, "old": old} {
		for range 3 {
			if got := conversation(t, at, before, plain, before, plain); got[1] != want || got[3] != want || got[0] != got[2] {
				t.Errorf("%s: got %q, want %q after it", name, got, want)
			}
		}
	}
}

// A connection that was taken over lives on when the request it came with makes others, and
// nothing of the one is in the other.
func TestConnectionsOutliveTheirRequests(t *testing.T) {
	var taken sync.WaitGroup
	at := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			fmt.Fprintf(w, "%v %d", r.Header, r.ContentLength)
			letGo(w)
			return
		}
		mark := r.Header.Get("X-Mark") // texts may be kept
		c, early, err := w.(interface {
			Take() (net.Conn, []byte, error)
		}).Take()
		if err != nil || !letGo(w) {
			t.Errorf("it was not taken over and let go: %v", err)
			return
		}
		taken.Go(func() {
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			// What was sent at once may have come behind the head or later.
			rest := make([]byte, len("early last")-len(early))
			_, _ = io.ReadFull(c, rest)
			fmt.Fprintf(c, "%s %s%s", mark, early, rest)
		})
	})})
	var clients sync.WaitGroup
	for n := range 4 {
		clients.Go(func() {
			for i := range 50 {
				c, err := net.Dial("tcp", at)
				if err != nil {
					t.Error(err)
					return
				}
				mark := fmt.Sprintf("%d-%d", n, i)
				_ = c.SetDeadline(time.Now().Add(time.Minute))
				_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\nX-Mark: "+mark+"\r\n\r\nearly ")
				if got := conversation(t, at, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"); got[0] != "map[] 0" && got[0] != "map[Content-Length:[0]] 0" {
					t.Errorf("a request after it has %s", got[0])
				}
				_, _ = io.WriteString(c, "last")
				got, _ := io.ReadAll(c)
				c.Close()
				if want := mark + " early last"; string(got) != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
	clients.Wait()
	taken.Wait()
}

// What a handler has not let go of stays as it is, for ever.
func TestRequestsThatAreKeptStay(t *testing.T) {
	var kept []*http.Request
	at := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/kept":
			kept = append(kept, r)
		case "/watched":
			_ = r.Context().Done()
			if letGo(w) {
				t.Error("a request whose end somebody waits for is used again")
			}
			kept = append(kept, r)
		default:
			letGo(w)
		}
	})})
	var requests []string
	for i := range 30 {
		path := [...]string{"/kept", "/gone", "/watched"}[i%3]
		requests = append(requests, fmt.Sprintf("GET %s?%d HTTP/1.1\r\nHost: h\r\nX-I: %d\r\n\r\n", path, i, i))
	}
	conversation(t, at, requests...)
	if len(kept) != 20 {
		t.Fatalf("%d requests were kept, want 20", len(kept))
	}
	for n, r := range kept {
		i := n/2*3 + n%2*2
		if r.URL.RawQuery != fmt.Sprint(i) || r.Header.Get("X-I") != fmt.Sprint(i) || r.Host != "h" || r.Context().Err() == nil {
			t.Errorf("request %d is %v %v %v", i, r.URL, r.Header, r.Context().Err())
		}
		select {
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
			t.Errorf("the context of request %d has not ended", i)
		}
	}
}
