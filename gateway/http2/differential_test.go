package http2

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
)

// seen is all that a handler sees of a request.
func seen(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %d %q %+v %s length %d %v close %v body %q %v\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.Host, *r.URL, r.URL, r.ContentLength,
		r.TransferEncoding, r.Close, body, err)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if name == "Host" { // net/http leaves it there when no :authority stands beside it
			continue
		}
		fmt.Fprintf(&b, "%s: %q\n", name, r.Header[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Trailer)) {
		fmt.Fprintf(&b, "trailer %s: %q\n", name, r.Trailer[name])
	}
	return b.String()
}

// requests in, what a handler sees out, beside the server of net/http.
func TestBesideNetHTTP(t *testing.T) {
	sees := make(chan string, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sees <- seen(r)
		w.Header().Set("X-Answer", "yes")
		_, _ = io.WriteString(w, "answer")
	})
	own, _ := listenAndServe(t, &Server{Handler: h}, false)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := new(http.Protocols)
	plain.SetUnencryptedHTTP2(true)
	std := &http.Server{Handler: h, Protocols: plain}
	go func() { _ = std.Serve(l) }()
	t.Cleanup(func() { std.Close() })

	path := func(p string) []string { f := get(); f[5] = p; return f }
	method := func(m string, more ...string) []string { f := get(more...); f[1] = m; return f }
	for _, test := range []struct {
		fields  []string
		body    string
		none    bool // no body at all
		trailer []string
	}{
		{fields: get(), none: true},
		{fields: get("accept", "a", "x-long-name", "b", "accept", "c", "x-empty", ""), none: true},
		{fields: get("cookie", "a=1", "other", "x", "cookie", "b=2", "cookie", "c=3"), none: true},
		{fields: path("/a/b%20c/d%2Fe?q=1&r=%20"), none: true},
		{fields: path("/?"), none: true},
		{fields: path("/a?b?c"), none: true},
		{fields: path("//double//slash/"), none: true},
		{fields: path("/ä/"), none: true},
		{fields: path("/%zz"), none: true},
		{fields: method("POST"), body: "body"},
		{fields: method("POST", "content-length", "4"), body: "body"},
		{fields: method("PUT", "content-length", "0"), none: true},
		{fields: method("POST", "content-length", "0"), body: ""},
		{fields: method("PURGE", "te", "trailers"), none: true},
		{fields: method("POST", "trailer", "X-One, x-two"), body: "body", trailer: []string{"x-one", "1", "x-other", "3"}},
		{fields: []string{":method", "GET", ":scheme", "https", ":path", "/", "host", "by.host:1"}, none: true},
		{fields: []string{":method", "CONNECT", ":authority", "h:443"}, body: "x"},
		{fields: method("POST", "expect", "100-continue"), body: "waited for"},
		{fields: path("/" + strings.Repeat("long", 3000)), none: true},
	} {
		one := func(address string) string {
			r := dial(t, address)
			id := r.ask(test.none, test.fields...)
			if !test.none {
				_ = r.WriteData(id, test.trailer == nil, []byte(test.body))
			}
			if test.trailer != nil {
				_ = r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.encode(test.trailer...), EndStream: true, EndHeaders: true})
			}
			got := r.next()
			if strings.Contains(got, " 100 ") {
				got = r.next()
			}
			if strings.Contains(got, ": 200") {
				return got + " " + r.next() + "\n" + <-sees
			}
			return got
		}
		if got, want := one(own), one(l.Addr().String()); got != want {
			t.Errorf("%.300q:\ngot  %.2000s\nwant %.2000s", test.fields, got, want)
		}
	}
}
