package http1

import (
	"bufio"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// readText reads a head as a connection does.
func readText(raw string) (*http.Request, int, error) {
	s := &Server{}
	s.Limits.fill()
	end, _, no := headEnd([]byte(raw), 0)
	if no != nil {
		return nil, 0, no
	}
	if end == 0 {
		return nil, 0, bad("no end")
	}
	x := &roundtrip{conn: &conn{server: s}}
	x.context.exchange = x
	if no := x.read(raw[:end]); no != nil {
		return nil, 0, no
	}
	return x.request, end, nil
}

// FuzzReadsAsNetHTTP says: what is taken for a request here, net/http takes for
// the same request.
func FuzzReadsAsNetHTTP(f *testing.F) {
	for _, row := range refusals {
		if len(row.raw) < 1000 {
			f.Add(row.raw)
		}
	}
	f.Add("GET /a%20b?c=d HTTP/1.1\r\nHost: h:80\r\nx-A: 1\r\nX-a: 2\r\n\r\n")
	f.Add("POST / HTTP/1.1\r\nhost: [::1]\r\nTransfer-Encoding: chunked\r\nTrailer: a, B\r\nExpect: 100-continue\r\n\r\n")
	f.Add("POST //x/;y?z?# HTTP/1.0\r\nHost: h\r\nContent-Length: 07\r\nConnection: keep-alive, x\r\nPragma: no-cache\r\n\r\n")
	f.Add("GET http://h/?x HTTP/1.1\r\nHost: h\r\nCookie:\r\n\r\n")
	f.Add("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		got, end, err := readText(raw)
		if err != nil {
			return
		}
		from := bufio.NewReader(strings.NewReader(raw))
		want, err := http.ReadRequest(from)
		if err != nil {
			t.Fatalf("net/http refuses %q: %v", raw, err)
		}
		if got.Header.Get("Cache-Control") == "" && want.Header.Get("Pragma") != "" {
			want.Header.Del("Cache-Control") // net/http adds it
		}
		same := func(what string, got, want any) {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s of %q: got %#v, want %#v", what, raw, got, want)
			}
		}
		same("method", got.Method, want.Method)
		same("target", got.RequestURI, want.RequestURI)
		same("URL", *got.URL, *want.URL)
		same("escaped path", got.URL.EscapedPath(), want.URL.EscapedPath())
		same("protocol", got.Proto, want.Proto)
		same("version", [2]int{got.ProtoMajor, got.ProtoMinor}, [2]int{want.ProtoMajor, want.ProtoMinor})
		same("host", strings.ToLower(got.Host), strings.ToLower(want.Host))
		same("header", got.Header, want.Header)
		same("length", got.ContentLength, want.ContentLength)
		same("encoding", got.TransferEncoding, want.TransferEncoding)
		same("close", got.Close, want.Close)
		same("trailer", len(got.Trailer), len(want.Trailer))
		if want.Body == http.NoBody && from.Buffered() != len(raw)-end {
			t.Errorf("%q: the head ends at %d, net/http leaves %d bytes", raw, end, from.Buffered())
		}
	})
}
