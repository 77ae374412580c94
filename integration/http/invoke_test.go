package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestInvoke(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header()["x-amzn-RequestId"] = []string{"id-1"}
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %q %s", r.Method, r.Host, r.RequestURI, r.Header.Get("X-One"), body)
	})
	both(t, Options{}, func(t *testing.T, c *Client) {
		r, err := c.Invoke(context.Background(), &integration.Request{
			Method: "PUT", Address: to(s.URL + "/a%20b?c=d"), Body: []byte("hello"), Timeout: time.Second,
			Header: message.Header{{Name: "X-One", Value: "1"}, {Name: "host", Value: "other.example"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := `PUT other.example /a%20b?c=d "1" hello`; r.Status != 418 || string(r.Body) != want || r.RequestID != "id-1" || r.Latency <= 0 {
			t.Errorf("got %d %s %q, want 418 %s", r.Status, r.Body, r.RequestID, want)
		}
		r, err = c.Invoke(context.Background(), &integration.Request{Address: to(s.URL)})
		if err != nil || string(r.Body) != "GET "+host(s)+` / "" ` {
			t.Errorf("the least request: got %v, %v", r, err)
		}
	})
}

func TestInvokeIsBounded(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			w.Header().Set("Content-Length", "2000")
			w.Write(make([]byte, 2000))
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 500)); err != nil {
					return
				}
			}
		case "/drip": // each wait is short, the whole is long
			for r.Context().Err() == nil {
				w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				select {
				case <-time.After(20 * time.Millisecond):
				case <-r.Context().Done():
				}
			}
		case "/redirect":
			http.Redirect(w, r, "/long", http.StatusFound)
		}
	})
	both(t, Options{MaxReply: 1000}, func(t *testing.T, c *Client) {
		for _, row := range []struct {
			url  string
			want error
		}{
			{s.URL + "/long", message.ErrTooLarge},
			{s.URL + "/endless", message.ErrTooLarge},
			{s.URL + "/drip", message.ErrTimeout},
		} {
			t.Run(row.url, func(t *testing.T) {
				r, err := c.Invoke(context.Background(), &integration.Request{Address: to(row.url), Timeout: 150 * time.Millisecond})
				if !errors.Is(err, row.want) {
					t.Errorf("got %v, %v; want %v", r, err, row.want)
				}
			})
		}
		r, err := c.Invoke(context.Background(), &integration.Request{Address: to(s.URL + "/redirect"), Timeout: time.Second})
		if err != nil || r.Status != 302 || r.Header.Get("Location") != "/long" {
			t.Errorf("a redirect is an answer: got %v, %v", r, err)
		}
		_, err = c.Invoke(context.Background(), &integration.Request{Address: to(s.URL), Header: message.Header{{Name: "A", Value: "b\r\nC: d"}}})
		if err == nil {
			t.Error("a header with a line break was sent")
		}
	})
}

// targets is a Resolver with one target.
type targets struct {
	address  string
	err      error
	released []bool
}

func (r *targets) Pick(*integration.Link) (integration.Target, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r, nil
}

func (r *targets) Address() string     { return r.address }
func (r *targets) Release(failed bool) { r.released = append(r.released, failed) }

func TestPrivateIntegration(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/break" {
			w.Header().Set("Content-Length", "10")
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, r.Host)
	})
	resolver := &targets{address: host(s)}
	c := New(Options{Resolver: resolver})
	t.Cleanup(c.Close)
	o := get("nlb.internal", "/")
	o.Link = &integration.Link{ID: "link"}
	if _, body := fetch(t, c, o); body != "nlb.internal" {
		t.Errorf("the target saw Host %q", body)
	}
	o.Address = ""
	if _, body := fetch(t, c, o); body != host(s) {
		t.Errorf("a listener's target saw Host %q, want its own", body)
	}
	o.Target = "/break"
	in, err := c.Forward(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(in.Body); !errors.Is(err, message.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
	in.Body.Close()
	in.Body.Close()
	s.Close()
	if _, err := c.Forward(context.Background(), o); !errors.Is(err, message.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
	if got, want := fmt.Sprint(resolver.released), "[false false true true]"; got != want {
		t.Errorf("released as failed: %s, want %s", got, want)
	}
	resolver.err = message.Fail(message.ErrConfiguration, nil)
	if _, err := c.Invoke(context.Background(), &integration.Request{Address: to("http://nlb.internal/"), Link: o.Link}); !errors.Is(err, message.ErrConfiguration) {
		t.Errorf("a link that nobody mapped: got %v", err)
	}
	plain := New(Options{})
	t.Cleanup(plain.Close)
	if _, err := plain.Forward(context.Background(), o); !errors.Is(err, message.ErrConfiguration) {
		t.Errorf("no resolver: got %v", err)
	}
}

func TestPrepare(t *testing.T) {
	for _, row := range []struct {
		name  string
		given message.Header
		hop   Hop
		want  map[string]string
		gone  []string
	}{
		{"first hop", nil, Hop{"192.0.2.1", "id.execute-api.us-east-1.amazonaws.com", "https"},
			map[string]string{"Forwarded": "for=192.0.2.1;host=id.execute-api.us-east-1.amazonaws.com;proto=https", "Via": "HTTP/1.1 AmazonAPIGateway"}, nil},
		{"after others", message.Header{{Name: "Forwarded", Value: "for=10.0.0.1"}, {Name: "via", Value: "1.1 cdn"}}, Hop{"192.0.2.1", "h", "https"},
			map[string]string{"Forwarded": "for=10.0.0.1, for=192.0.2.1;host=h;proto=https", "Via": "1.1 cdn, HTTP/1.1 AmazonAPIGateway"}, nil},
		{"X-Forwarded becomes Forwarded", message.Header{{Name: "x-forwarded-for", Value: "203.0.113.9, 2001:db8::1"}, {Name: "X-Forwarded-Proto", Value: "http"}, {Name: "X-Forwarded-Port", Value: "80"}, {Name: "X-Forwarded-Host", Value: "a:1"}},
			Hop{"2001:db8::2", "h:8080", "https"},
			map[string]string{"Forwarded": `for=203.0.113.9;host="a:1";proto=http, for="[2001:db8::1]", for="[2001:db8::2]";host="h:8080";proto=https`},
			[]string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Host"}},
		{"an address that would break out", message.Header{{Name: "X-Forwarded-For", Value: `a";for=evil`}}, Hop{},
			map[string]string{"Forwarded": `for="a\";for=evil"`}, nil},
		{"hop by hop", message.Header{{Name: "Connection", Value: "x-mine, close"}, {Name: "X-Mine", Value: "1"}, {Name: "Te", Value: "trailers"}, {Name: "keep-alive", Value: "5"},
			{Name: "Upgrade", Value: "h2c"}, {Name: "Proxy-Authorization", Value: "x"}, {Name: "Expect", Value: "100-continue"}, {Name: "X-Yours", Value: "1"}}, Hop{},
			map[string]string{"X-Yours": "1"}, []string{"Connection", "X-Mine", "Te", "Keep-Alive", "Upgrade", "Proxy-Authorization", "Expect"}},
		{"empty body", nil, Hop{}, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, nil},
		{"empty body with a type", message.Header{{Name: "content-type", Value: "text/plain"}}, Hop{}, map[string]string{"Content-Type": "text/plain"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := &integration.Outgoing{}
			Prepare(o, row.given, row.hop)
			for name, want := range row.want {
				if got := strings.Join(o.Header.Values(name), "|"); got != want {
					t.Errorf("%s: got %s, want %s", name, got, want)
				}
			}
			for _, name := range row.gone {
				if o.Header.Has(name) {
					t.Errorf("%s is still there", name)
				}
			}
		})
	}
	o := &integration.Outgoing{Length: 1}
	if Prepare(o, nil, Hop{}); o.Header.Has("Content-Type") {
		t.Error("a body got a content type that nobody gave it")
	}
}

// to takes an address apart, for a call.
func to(address string) integration.Address {
	scheme, rest, _ := strings.Cut(address, "://")
	host, target, _ := strings.Cut(rest, "/")
	return integration.Address{Scheme: scheme, Host: host, Target: "/" + target}
}
