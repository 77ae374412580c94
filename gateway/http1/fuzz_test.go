package http1

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/message"
)

// scripted is a client that says what it was given, and then no more.
type scripted struct{ *strings.Reader }

func (scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (scripted) Close() error                     { return nil }
func (scripted) LocalAddr() net.Addr              { return nil }
func (scripted) RemoteAddr() net.Addr             { return nil }
func (scripted) SetDeadline(time.Time) error      { return nil }
func (scripted) SetReadDeadline(time.Time) error  { return nil }
func (scripted) SetWriteDeadline(time.Time) error { return nil }

// understood is a request that was read to its end.
type understood struct {
	request *http.Request
	fields  message.Header
	body    string
	left    int // bytes behind it
}

// understand reads a request as a connection does, body and all.
func understand(raw string) (*understood, error) {
	s := &Server{epoch: time.Now()}
	s.Limits.fill()
	from := scripted{strings.NewReader(raw)}
	c := newConn(s, from)
	defer c.free()
	text, err := c.awaitHead(true)
	if err != nil {
		return nil, err
	}
	x := &roundtrip{conn: c}
	x.context.exchange = x
	if no := x.read(text); no != nil {
		return nil, no
	}
	body, err := io.ReadAll(x.request.Body)
	if err != nil {
		return nil, err
	}
	if !x.body.finish() {
		return nil, errChunk
	}
	return &understood{&x.request, x.fields, string(body), c.to - c.from + from.Len()}, nil
}

// smuggled are requests that two servers could read differently, and some that they
// must read alike.
var smuggled = []string{
	"GET /a%20b?c=d HTTP/1.1\r\nHost: h:80\r\nx-A: 1\r\nX-a: 2\r\n\r\n",
	"POST / HTTP/1.1\r\nhost: [::1]\r\nTransfer-Encoding: chunked\r\nTrailer: a, B\r\nExpect: 100-continue\r\n\r\n0\r\nA: 1\r\nb: 2\r\n\r\n",
	"POST //x/;y?z?# HTTP/1.0\r\nHost: h\r\nContent-Length: 07\r\nConnection: keep-alive, x\r\nPragma: no-cache\r\n\r\n1234567",
	"GET http://h/?x HTTP/1.1\r\nHost: h\r\nCookie:\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\nX: 1\r\n\r\nhello",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;\n\r\nhello\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000005\r\nhello\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n A: folded\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nConnection: Content-Length\r\n\r\nunread",
}

// FuzzReadsAsNetHTTP says: what is taken for a request here, net/http takes for the
// same request, and both agree on where it ends.
func FuzzReadsAsNetHTTP(f *testing.F) {
	for _, row := range refusals {
		if len(row.raw) < 1000 {
			f.Add(row.raw)
		}
	}
	for _, raw := range smuggled {
		f.Add(raw)
	}
	f.Fuzz(agree)
}

// FuzzPiecesReadAsNetHTTP says the same of requests that are put together from
// pieces, so that most of them are nearly right.
func FuzzPiecesReadAsNetHTTP(f *testing.F) {
	pieces := []string{
		"GET / HTTP/1.1\r\n", "POST /a HTTP/1.1\r\n", "POST http://h/ HTTP/1.0\r\n", "Host: h\r\n", "host:\th \r\n",
		"Content-Length: 5\r\n", "content-length: 0\r\n", "Content-Length:5\n", "Content-Length: 5, 5\r\n", "Content-Length: 05\r\n", "Content-Length: +5\r\n",
		"Transfer-Encoding: chunked\r\n", "Transfer-Encoding:  Chunked \r\n", "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding:\vchunked\r\n",
		"Connection: close\r\n", "Connection: Content-Length\r\n", "Trailer: T\r\n", "Expect: 100-continue\r\n", "X: 1\r\n", "x:\t2 \r\n", " folded\r\n", "Y : 1\r\n",
		"\r\n", "\n", "\r", "hello", "5\r\nhello\r\n", "5;a=b\r\nhello\r\n", "5 \r\nhello\r\n", "0\r\n\r\n", "0\r\nT: 1\r\n\r\n", "0\r\nHost: x\r\nT: 1\r\nt: 2\r\n\r\n", "5\nhello\n", "00005\r\nhello\r\n", "z\r\n",
	}
	f.Add([]byte{1, 3, 5, 24, 27, 0, 3, 24}, "")
	f.Add([]byte{1, 3, 11, 18, 24, 28, 29, 32, 0, 3, 24}, "rest")
	f.Add([]byte{2, 4, 9, 20, 21, 24, 27}, "")
	f.Fuzz(func(t *testing.T, order []byte, rest string) {
		var raw strings.Builder
		for _, i := range order {
			raw.WriteString(pieces[int(i)%len(pieces)])
		}
		agree(t, raw.String()+rest)
	})
}

// agree compares how a request is read here and by net/http.
func agree(t *testing.T, raw string) {
	if len(raw) > 8<<10 { // net/http has bounds of its own
		return
	}
	ours, err := understand(raw)
	if err != nil {
		return
	}
	from := bufio.NewReaderSize(strings.NewReader(raw), 16<<10)
	want, err := http.ReadRequest(from)
	if err != nil {
		t.Fatalf("net/http refuses %q: %v", raw, err)
	}
	got := ours.request
	if got.Header.Get("Cache-Control") == "" && want.Header.Get("Pragma") != "" {
		want.Header.Del("Cache-Control") // net/http adds it
	}
	same := func(what string, got, want any) {
		t.Helper()
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
	listed := ours.fields.HTTP()
	for _, name := range []string{"Host", "Transfer-Encoding", "Trailer"} { // which net/http shows elsewhere
		delete(listed, name)
		want.Header.Del(name)
	}
	same("lines", listed, want.Header)
	same("length", got.ContentLength, want.ContentLength)
	same("encoding", got.TransferEncoding, want.TransferEncoding)
	same("close", got.Close, want.Close)
	body, err := io.ReadAll(want.Body)
	if err != nil {
		t.Fatalf("net/http refuses the body of %q: %v", raw, err)
	}
	same("body", ours.body, string(body))
	for name := range want.Trailer { // of which some are of no use to anybody
		if message.Framing(name) || message.HopByHop(name) {
			delete(want.Trailer, name)
		}
	}
	if len(got.Trailer)+len(want.Trailer) > 0 {
		same("trailer", got.Trailer, want.Trailer)
	}
	left, _ := io.ReadAll(from)
	same("rest", ours.left, len(left))
}
