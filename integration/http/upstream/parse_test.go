package upstream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

// scripted is a connection that says what it was given, and then ends.
type scripted struct {
	io.Reader
	closed bool
}

func (s *scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (s *scripted) Close() error                     { s.closed = true; return nil }
func (s *scripted) LocalAddr() net.Addr              { return nil }
func (s *scripted) RemoteAddr() net.Addr             { return nil }
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }

// read takes raw for the reply to a request with the method.
type read struct {
	head    *head
	body    string
	trailer message.Header
	kept    bool // the connection went back to its pool
}

func parse(method string, from io.Reader) (*read, error) {
	var o Options
	o.defaults()
	p := &pool{options: &o}
	s := &scripted{Reader: from}
	c := newConn(s, p)
	c.begin(context.Background(), time.Time{}, false)
	x := &roundtrip{client: &Client{options: o}, o: &integration.Outgoing{Method: method}}
	if err := x.head(c); err != nil {
		return nil, err
	}
	h := &x.reply
	in := x.incoming(c, nil)
	defer in.Body.Close()
	body, err := io.ReadAll(in.Body)
	r := &read{head: h, body: string(body), kept: len(p.idle) == 1}
	if in.Trailer != nil {
		r.trailer = in.Trailer()
	}
	if r.kept == s.closed {
		return nil, errors.New("the connection must be kept or closed, one of them")
	}
	return r, err
}

func TestRepliesThatAreRead(t *testing.T) {
	for _, row := range []struct {
		name, method, raw string
		status            int
		body              string
		length            int64
		kept              bool
	}{
		{"fixed", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", 5, true},
		{"empty", "GET", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, "", 0, true},
		{"one length twice", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 200, "x", 1, true},
		{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200, "abc0123456789", -1, true},
		{"until close", "GET", "HTTP/1.1 200 OK\r\n\r\nall the rest", 200, "all the rest", -1, false},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", 1, false},
		{"HTTP/1.0 keep-alive", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200, "x", 1, true},
		{"close", "GET", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\nx", 200, "x", 1, false},
		{"more than was said", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n", 200, "x", 1, false},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", 200, "", 99, true},
		{"HEAD with chunks", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "", -1, true},
		{"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", -1, true},
		{"204 with a body", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", 204, "", -1, false},
		{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 304, "", 3, true},
		{"interim", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", 1, true},
		{"bare LF", "GET", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", 200, "x", 1, true},
		{"odd reason", "GET", "HTTP/1.1 299 caf\xc3\xa9 (x)\r\nContent-Length: 0\r\n\r\n", 299, "", 0, true},
	} {
		for _, way := range []string{"whole", "by bytes"} {
			if way == "by bytes" && row.name == "more than was said" {
				continue // nothing more has come when the body ends
			}
			t.Run(row.name+"/"+way, func(t *testing.T) {
				var from io.Reader = strings.NewReader(row.raw)
				if way == "by bytes" {
					from = iotest.OneByteReader(from)
				}
				r, err := parse(row.method, from)
				if err != nil {
					t.Fatal(err)
				}
				if r.head.status != row.status || r.body != row.body || r.head.framing.Length != row.length || r.kept != row.kept {
					t.Errorf("got %d %q length %d kept %v, want %d %q length %d kept %v",
						r.head.status, r.body, r.head.framing.Length, r.kept, row.status, row.body, row.length, row.kept)
				}
			})
		}
	}
}

func TestRepliesThatAreRefused(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	for name, raw := range map[string]string{
		"nothing":                  "",
		"half a head":              "HTTP/1.1 200 OK\r\nContent-",
		"another protocol":         "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"HTTP/2":                   "HTTP/2.0 200 OK\r\n\r\n",
		"short status":             "HTTP/1.1 20\r\n\r\n",
		"status of letters":        "HTTP/1.1 2OO OK\r\n\r\n",
		"status too low":           "HTTP/1.1 099 OK\r\n\r\n",
		"long status":              "HTTP/1.1 2000 OK\r\n\r\n",
		"control in the reason":    "HTTP/1.1 200 O\x00K\r\n\r\n",
		"leading empty line":       "\r\nHTTP/1.1 200 OK\r\n\r\n",
		"length and chunks":        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"lengths that differ":      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		"one length in two ways":   "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 03\r\n\r\nabc",
		"list of lengths":          "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc",
		"signed length":            "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
		"empty length":             "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
		"huge length":              "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
		"other encoding":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"encoding twice":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunks in HTTP/1.0":       "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"folded line":              "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
		"space before the colon":   "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
		"no colon":                 "HTTP/1.1 200 OK\r\nContent-Length 0\r\n\r\n",
		"no name":                  "HTTP/1.1 200 OK\r\n: 0\r\n\r\n",
		"CR inside a value":        "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
		"NUL inside a value":       "HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n",
		"head too long":            "HTTP/1.1 200 OK\r\nA: " + long + "\r\n\r\n",
		"head without an end":      "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 20000),
		"too many lines":           "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 600) + "\r\n",
		"upgrade":                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		"interim without end":      strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 50),
		"body cut":                 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
		"chunk cut":                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"no last chunk":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
		"no trailer end":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
		"chunk longer than stated": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
		"chunk size with sign":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
		"chunk size with space":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n",
		"chunk size too large":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
		"chunk size empty":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc",
		"chunk line with LF only":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
		"chunk extension too long": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;" + long + "\r\nabc\r\n0\r\n\r\n",
		"trailer folded":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n",
		"trailer too long":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", 600) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r, err := parse("GET", strings.NewReader(raw))
			if err == nil {
				t.Errorf("was read as %d %q", r.head.status, r.body)
			} else if !errors.Is(message.Failure(err), message.ErrUnreachable) {
				t.Errorf("got %v, want ErrUnreachable", err)
			}
		})
	}
}

func TestHeaderOfAReply(t *testing.T) {
	r, err := parse("GET", strings.NewReader("HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\nSet-Cookie: a\r\nset-cookie:\tb \r\nHost: x\r\n"+
		"Connection: X-Mine, keep-alive\r\nx-mine: secret\r\nKeep-Alive: timeout=5\r\nEmpty:\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-End: 1\r\nContent-Length: 5\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := message.Header{{Name: "x-amzn-RequestId", Value: "1"}, {Name: "Set-Cookie", Value: "a"}, {Name: "set-cookie", Value: "b"}, {Name: "Empty", Value: ""}}
	if !slices.Equal(r.head.header, want) {
		t.Errorf("got %v, want %v", r.head.header, want)
	}
	if want := (message.Header{{Name: "X-End", Value: "1"}}); !slices.Equal(r.trailer, want) {
		t.Errorf("trailer: got %v, want %v", r.trailer, want)
	}
}

// FuzzReadsAsNetHTTP says: what is taken for a reply here, net/http takes for the
// same reply, and both agree on where it ends.
func FuzzReadsAsNetHTTP(f *testing.F) {
	f.Add("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1")
	f.Add("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n")
	f.Add("HEAD", "HTTP/1.1 200 OK\nContent-Length: 5\nConnection: close, x\nx: 1\n\n")
	f.Add("GET", "HTTP/1.0 204 \r\nA:b\r\n\r\n")
	f.Add("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
	f.Add("GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
	f.Add("GET", "HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nB: 1\r\nContent-Length: 9\r\nb: 2\r\n\r\n")
	f.Add("GET", "HTTP/1.1 304 x\r\nContent-Length: 7\r\nContent-Length: 7\r\n\r\n")
	f.Fuzz(agree)
}

// FuzzPiecesReadAsNetHTTP says the same of replies that are put together from
// pieces, so that most of them are nearly right.
func FuzzPiecesReadAsNetHTTP(f *testing.F) {
	pieces := []string{
		"HTTP/1.1 200 OK\r\n", "HTTP/1.0 200 OK\r\n", "HTTP/1.1 204 No Content\r\n", "HTTP/1.1 304\r\n", "HTTP/1.1 103 x\n",
		"Content-Length: 5\r\n", "content-length: 0\r\n", "Content-Length:5\n", "Content-Length: 5, 5\r\n", "Content-Length: 05\r\n",
		"Transfer-Encoding: chunked\r\n", "Transfer-Encoding:  Chunked \r\n", "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked, chunked\r\n",
		"Connection: close\r\n", "Connection: keep-alive\r\n", "Connection: x\r\n", "X: 1\r\n", "x:\t2 \r\n", " folded\r\n", "Y : 1\r\n",
		"\r\n", "\n", "\r", "hello", "5\r\nhello\r\n", "5;a=b\r\nhello\r\n", "0\r\n\r\n", "0\r\nT: 1\r\n\r\n", "5\nhello\n", "00005\r\nhello\r\n", "z\r\n",
	}
	f.Add("GET", []byte{0, 5, 21, 24}, "")
	f.Add("GET", []byte{0, 10, 21, 25, 27}, "rest")
	f.Add("HEAD", []byte{4, 22, 1, 15, 5, 17, 21}, "")
	f.Add("GET", []byte{2, 10, 17, 21, 26, 28}, "")
	f.Fuzz(func(t *testing.T, method string, order []byte, rest string) {
		var raw strings.Builder
		for _, i := range order {
			raw.WriteString(pieces[int(i)%len(pieces)])
		}
		agree(t, method, raw.String()+rest)
	})
}

// agree compares how a reply is read here and by net/http.
func agree(t *testing.T, method, raw string) {
	if method != "HEAD" {
		method = "GET"
	}
	if len(raw) > 8<<10 { // net/http has bounds of its own
		return
	}
	ours := strings.NewReader(raw)
	r, err := parse(method, ours)
	if err != nil {
		return
	}
	theirs := bufio.NewReaderSize(strings.NewReader(raw), 16<<10)
	for {
		resp, err := http.ReadResponse(theirs, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("net/http refuses %q: %v", raw, err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.StatusCode < 200 {
			continue
		}
		if err != nil {
			t.Fatalf("net/http refuses the body of %q: %v", raw, err)
		}
		if resp.StatusCode != r.head.status || string(body) != r.body {
			t.Fatalf("%q: got %d %q, net/http %d %q", raw, r.head.status, r.body, resp.StatusCode, body)
		}
		compareHeaders(t, raw, r.head.header, resp.Header)
		compareHeaders(t, raw, r.trailer, resp.Trailer)
		if left, _ := io.ReadAll(theirs); r.kept && len(left) != ours.Len() {
			t.Fatalf("%q: the connection was kept with %d bytes left, net/http has %q", raw, ours.Len(), left)
		}
		return
	}
}

// compareHeaders compares the lines of each name in their order.
func compareHeaders(t *testing.T, raw string, ours message.Header, theirs http.Header) {
	t.Helper()
	want := message.FromHTTP(theirs)
	want.RemoveHopByHop()
	for _, name := range []string{"Host", "Content-Length"} {
		want.Del(name)
	}
	if strings.Contains(strings.ToLower(raw), "connection") { // which net/http may have dropped, so that what it named is not known
		want = slices.DeleteFunc(want, func(f message.Field) bool { return !ours.Has(f.Name) })
	}
	if got, want := ours.HTTP(), want.HTTP(); !maps.EqualFunc(got, want, slices.Equal) {
		t.Fatalf("%q: header %q, net/http has %q", raw, got, want)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	good := integration.Outgoing{Method: "GET", Address: "example.com", Target: "/a?b=c"}
	for name, change := range map[string]func(*integration.Outgoing){
		"method with space":   func(o *integration.Outgoing) { o.Method = "GET /x HTTP/1.1\r\nA:" },
		"no method":           func(o *integration.Outgoing) { o.Method = "" },
		"CONNECT":             func(o *integration.Outgoing) { o.Method = "CONNECT" },
		"target with space":   func(o *integration.Outgoing) { o.Target = "/a b" },
		"target with CR":      func(o *integration.Outgoing) { o.Target = "/a\r\nB: c" },
		"host with LF":        func(o *integration.Outgoing) { o.Host = "a\nb" },
		"no host":             func(o *integration.Outgoing) { o.Address = "" },
		"value with CRLF":     func(o *integration.Outgoing) { o.Header.Add("A", "b\r\nC: d") },
		"value with NUL":      func(o *integration.Outgoing) { o.Header.Add("A", "b\x00") },
		"name with colon":     func(o *integration.Outgoing) { o.Header.Add("A:", "b") },
		"name that is nobody": func(o *integration.Outgoing) { o.Header.Add("", "b") },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			change(&o)
			if e, err := encode(&o); !errors.Is(err, message.ErrConfiguration) {
				t.Errorf("got %v, %v; want ErrConfiguration", e, err)
			}
		})
	}
}

func TestRequestOnTheWire(t *testing.T) {
	o := &integration.Outgoing{
		Method: "POST", Address: "example.com:8080", Target: "/a%20b?c=d", Body: strings.NewReader("hello"), Length: 5,
		Header: message.Header{{Name: "x-Odd-CASE", Value: "caf\xc3\xa9"}, {Name: "content-length", Value: "99"}, {Name: "transfer-encoding", Value: "chunked"},
			{Name: "Connection", Value: "close"}, {Name: "expect", Value: "100-continue"}, {Name: "HOST", Value: "evil"}},
	}
	e, err := encode(o)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST /a%20b?c=d HTTP/1.1\r\nHost: example.com:8080\r\nx-Odd-CASE: caf\xc3\xa9\r\nContent-Length: 5\r\n\r\nhello"
	if string(e.bytes) != want {
		t.Errorf("got %q, want %q", e.bytes, want)
	}
	o.Body, o.Length, o.Target, o.Host = strings.NewReader("hel"), 5, "", "other"
	if _, err := encode(o); !errors.Is(err, message.ErrCanceled) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a body: got %v, want ErrCanceled", err)
	}
}

func FuzzRequestReadsAsItWasMeant(f *testing.F) {
	f.Add("GET", "/", "h", "A", "b")
	f.Fuzz(func(t *testing.T, method, target, host, name, value string) {
		o := &integration.Outgoing{Method: method, Address: host, Target: target, Header: message.Header{{Name: name, Value: value}}}
		e, err := encode(o)
		if err != nil {
			return
		}
		r := bufio.NewReader(bytes.NewReader(e.bytes))
		req, err := http.ReadRequest(r)
		if err != nil {
			return // net/http refuses more targets than this does
		}
		if req.Method != method || len(req.Header) > 2 {
			t.Fatalf("%q reads as %s with %v", e.bytes, req.Method, req.Header)
		}
		if left, _ := io.ReadAll(r); len(left) != 0 {
			t.Fatalf("%q leaves %q", e.bytes, left)
		}
	})
}
