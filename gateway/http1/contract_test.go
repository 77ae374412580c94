package http1

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// servers are the ways to serve: the rows of the contract hold for both.
var servers = map[string]func(t *testing.T, h http.Handler) (address string){
	"own": func(t *testing.T, h http.Handler) string {
		return serveOwn(t, &Server{Handler: h})
	},
	"net/http": func(t *testing.T, h http.Handler) string {
		l := listen(t)
		s := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
		ended := make(chan struct{})
		go func() { _ = s.Serve(l); close(ended) }()
		t.Cleanup(func() { _ = s.Close(); <-ended })
		return l.Addr().String()
	},
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serveOwn runs a server until the test is over.
func serveOwn(t *testing.T, s *Server) (address string) {
	t.Helper()
	l := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-ended; err != http.ErrServerClosed {
			t.Errorf("Serve: got %v, want ErrServerClosed", err)
		}
	})
	return l.Addr().String()
}

// handlers of the contract, by path.
var handlers = map[string]http.HandlerFunc{
	"/echo": func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %q %d %v %v", r.Method, r.RequestURI, r.Host, body, r.ContentLength, r.TransferEncoding, err)
	},
	"/header": func(w http.ResponseWriter, r *http.Request) {
		names := make([]string, 0, len(r.Header))
		for name, values := range r.Header {
			names = append(names, fmt.Sprintf("%s=%q", name, values))
		}
		slices.Sort(names)
		fmt.Fprint(w, r.Proto, r.URL, r.Close, names)
	},
	"/empty":  func(http.ResponseWriter, *http.Request) {},
	"/ignore": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ignored") },
	"/large": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("0123456789", 10_000)))
	},
	"/pieces": func(w http.ResponseWriter, _ *http.Request) {
		for range 300 {
			_, _ = io.WriteString(w, strings.Repeat("x", 100))
		}
	},
	"/flush": func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprint(w, i)
			w.(http.Flusher).Flush()
		}
	},
	"/declared": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "hello")
		_, err := io.WriteString(w, "!")
		if err != http.ErrContentLength {
			panic(fmt.Sprint("too much was taken: ", err))
		}
	},
	"/short": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "hel")
	},
	"/status": func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.RawQuery)
		w.Header().Set("X-A", "1")
		w.WriteHeader(status)
		w.WriteHeader(500)
		w.Header().Set("X-B", "too late")
	},
	"/odd": func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["X-Break"], h["Bad Name"], h["lower"] = []string{"a\r\nb"}, []string{"x"}, []string{" 1 ", "2"}
		h["Content-Type"], h["Date"] = nil, []string{"yesterday"}
		_, _ = io.WriteString(w, "<html>")
	},
	"/sniff": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
	"/sniff-declared": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "6")
		_, _ = io.WriteString(w, "<html>")
	},
	"/close": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") },
	"/hint": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a>")
		w.WriteHeader(103)
		_, _ = io.WriteString(w, "ok")
	},
	"/trailer": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "4")
		w.Header().Set(http.TrailerPrefix+"X-More", "5")
	},
	"/read-trailer": func(w http.ResponseWriter, r *http.Request) {
		before := len(r.Trailer)
		_, err := io.ReadAll(r.Body)
		fmt.Fprint(w, before, r.Trailer, err)
	},
	"/panic": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	},
}

func contractHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := handlers[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// converse sends raw bytes, and gives everything that comes back until the server
// closes. The last request must make it close.
func converse(t *testing.T, address, raw string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("reading answers: %v (after %.200q)", err, got)
	}
	return string(got)
}

// answers reads the answers in got to requests with the methods, and words each as
// "status body", with what else a row asks for.
func answers(got string, methods []string, also ...string) (found []string) {
	r := bufio.NewReader(strings.NewReader(got))
	for _, method := range methods {
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		for err == nil && resp.StatusCode < 200 {
			found = append(found, strconv.Itoa(resp.StatusCode))
			resp, err = http.ReadResponse(r, &http.Request{Method: method})
		}
		if err != nil {
			return append(found, "no answer")
		}
		body, err := io.ReadAll(resp.Body)
		text := fmt.Sprintf("%d %s", resp.StatusCode, body)
		if len(body) > 400 {
			text = fmt.Sprintf("%d %d bytes", resp.StatusCode, len(body))
		}
		if err != nil {
			text += " cut"
		}
		for _, name := range also {
			switch name {
			case "length":
				text += fmt.Sprintf(" length=%d", resp.ContentLength)
			case "trailer":
				text += fmt.Sprintf(" trailer=%v", resp.Trailer)
			default:
				text += fmt.Sprintf(" %s=%q", name, resp.Header[name])
			}
		}
		found = append(found, text)
	}
	if rest, _ := io.ReadAll(r); len(rest) > 0 {
		found = append(found, fmt.Sprintf("and %.100q", rest))
	}
	return found
}

const end = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

func TestContract(t *testing.T) {
	for _, row := range []struct {
		name, raw string
		methods   string // of the requests, GET when empty
		also      string
		want      []string
		theirs    []string // of net/http, where it differs
	}{
		{name: "GET", raw: "GET /echo?a=b" + end, want: []string{`200 GET /echo?a=b h "" 0 [] <nil>`}},
		{name: "body", raw: "POST /echo HTTP/1.1\r\nHost: h:80\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", want: []string{`200 POST /echo h:80 "hello" 5 [] <nil>`}},
		{name: "chunks", raw: "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", want: []string{`200 POST /echo h "abc0123456789" -1 [chunked] <nil>`}},
		{name: "body cut", raw: "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" + "GET /echo" + end, want: []string{`200 POST /echo h "abc" -1 [chunked] the body is not well chunked: a chunk longer than its size`}, theirs: []string{`200 POST /echo h "abc" -1 [chunked] malformed chunked encoding`}},
		{name: "pipeline", methods: "GET POST GET", raw: "GET /echo HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\n\r\nxGET /empty" + end, want: []string{`200 GET /echo a "" 0 [] <nil>`, `200 POST /echo b "x" 1 [] <nil>`, `200 `}},
		{name: "pipeline behind a body nobody reads", methods: "POST GET", raw: "POST /ignore HTTP/1.1\r\nHost: b\r\nContent-Length: 6\r\n\r\nunreadGET /empty" + end, want: []string{"200 ignored", "200 "}},
		{name: "pipeline behind chunks nobody reads", methods: "POST GET", raw: "POST /ignore HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\nGET /empty" + end, want: []string{"200 ignored", "200 "}},
		{name: "header", raw: "GET /header HTTP/1.1\r\nHOST: h\r\nx-one:\t 1 \r\nX-One: 2\r\nCONTENT-md5: x\r\nempty:\r\nConnection: x, Close\r\n\r\n", want: []string{`200 HTTP/1.1/header true [Connection=["x, Close"] Content-Md5=["x"] Empty=[""] X-One=["1" "2"]]`}},
		{name: "escaped path", raw: "GET /hea%64er?%zz" + end, want: []string{`200 HTTP/1.1/hea%64er?%zz true [Connection=["close"]]`}},
		{name: "absolute form", raw: "GET http://h/header HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", want: []string{`200 HTTP/1.1http://h/header true [Connection=["close"]]`}},
		{name: "empty answer", raw: "GET /empty" + end, also: "length", want: []string{"200  length=0"}},
		{name: "HEAD", methods: "HEAD", raw: "HEAD /declared" + end, also: "length", want: []string{"200  length=5"}},
		{name: "HEAD without a length", methods: "HEAD", raw: "HEAD /ignore" + end, also: "length Content-Type", want: []string{`200  length=7 Content-Type=["text/plain; charset=utf-8"]`}},
		{name: "HEAD of nothing", methods: "HEAD", raw: "HEAD /empty" + end, also: "length", want: []string{"200  length=-1"}},
		{name: "HEAD of much", methods: "HEAD GET", raw: "HEAD /large HTTP/1.1\r\nHost: h\r\n\r\nGET /empty" + end, want: []string{"200 ", "200 "}},
		{name: "large", raw: "GET /large" + end, also: "length", want: []string{"200 100000 bytes length=-1"}},
		{name: "pieces", raw: "GET /pieces" + end, also: "length", want: []string{"200 30000 bytes length=-1"}},
		{name: "flush", methods: "GET GET", raw: "GET /flush HTTP/1.1\r\nHost: h\r\n\r\nGET /flush" + end, also: "length", want: []string{"200 012 length=-1", "200 012 length=-1"}},
		{name: "declared", methods: "GET GET", raw: "GET /declared HTTP/1.1\r\nHost: h\r\n\r\nGET /declared" + end, also: "length", want: []string{"200 hello length=5", "200 hello length=5"}, theirs: []string{"200 hello length=5", "no answer"}},
		{name: "less than declared", methods: "GET GET", raw: "GET /short HTTP/1.1\r\nHost: h\r\n\r\nGET /empty" + end, want: []string{"200 hel cut", "no answer"}},
		{name: "204", methods: "GET GET", raw: "GET /status?204 HTTP/1.1\r\nHost: h\r\n\r\nGET /status?304" + end, also: "length X-A X-B", want: []string{`204  length=0 X-A=["1"] X-B=[]`, `304  length=0 X-A=["1"] X-B=[]`}},
		{name: "unknown status", raw: "GET /status?299" + end, also: "X-A", want: []string{`299  X-A=["1"]`}},
		{name: "odd header", raw: "GET /odd" + end, also: "X-Break Lower Content-Type Date", want: []string{`200 <html> X-Break=["a  b"] Lower=["1" "2"] Content-Type=[] Date=["yesterday"]`}},
		{name: "sniff", raw: "GET /sniff" + end, also: "length Content-Type", want: []string{`200 <html> length=6 Content-Type=["text/html; charset=utf-8"]`}},
		{name: "sniff what is declared", raw: "GET /sniff-declared" + end, also: "length Content-Type", want: []string{`200 <html> length=6 Content-Type=["text/html; charset=utf-8"]`}},
		{name: "handler closes", methods: "GET GET", raw: "GET /close HTTP/1.1\r\nHost: h\r\n\r\nGET /empty" + end, want: []string{"200 ", "no answer"}},
		{name: "interim", raw: "GET /hint" + end, want: []string{"103", "200 ok"}},
		{name: "trailer", raw: "GET /trailer" + end, also: "trailer", want: []string{"200 body trailer=map[X-More:[5] X-Sum:[4]]"}},
		{name: "trailer of a request", raw: "POST /read-trailer HTTP/1.1\r\nHost: h\r\nTrailer: x-a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\nX-A: 1\r\n\r\n", want: []string{"200 1 map[X-A:[1]] <nil>"}},
		{name: "panic", methods: "GET GET", raw: "GET /panic HTTP/1.1\r\nHost: h\r\n\r\nGET /empty" + end, want: []string{"no answer"}},
		{name: "HTTP/1.0", methods: "GET GET", raw: "GET /flush HTTP/1.0\r\nHost: h\r\n\r\nGET /empty" + end, also: "length", want: []string{"200 012 length=-1", "no answer"}},
		{name: "HTTP/1.0 keep-alive", methods: "GET GET", raw: "GET /empty HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\nGET /header HTTP/1.0\r\nHost: h\r\n\r\n", want: []string{"200 ", "200 HTTP/1.0/header true []"}},
		{name: "continue", methods: "POST", raw: "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab", want: []string{"100", `200 POST /echo h "ab" 2 [] <nil>`}},
		{name: "continue that nobody wants", methods: "POST GET", raw: "POST /ignore HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nabGET /empty" + end, want: []string{"200 ignored", "no answer"}},
		{name: "other expectation", raw: "GET /empty HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\nConnection: close\r\n\r\n", want: []string{`417 {"message":"Expectation Failed"}`}, theirs: []string{"417 "}},
		{name: "OPTIONS *", methods: "OPTIONS", raw: "OPTIONS *" + end, also: "length", want: []string{"200  length=0"}},
	} {
		for name, serve := range servers {
			t.Run(row.name+"/"+name, func(t *testing.T) {
				methods := strings.Fields(row.methods)
				if len(methods) == 0 {
					methods = []string{"GET"}
				}
				want := row.want
				if name == "net/http" && row.theirs != nil {
					want = row.theirs
				}
				got := answers(converse(t, serve(t, contractHandler()), row.raw), methods, strings.Fields(row.also)...)
				if !slices.Equal(got, want) {
					t.Errorf("got  %q\nwant %q", got, want)
				}
			})
		}
	}
}

// TestHeadOfAnAnswer looks at the bytes: AWS's lines in AWS's order.
func TestHeadOfAnAnswer(t *testing.T) {
	address := serveOwn(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["X-Z"], h["Apigw-Requestid"], h["Access-Control-Allow-Origin"] = []string{"1"}, []string{"id="}, []string{"*"}
		h["Content-Type"], h["Content-Length"], h["Date"] = []string{"text/plain"}, []string{"2"}, []string{"now"}
		_, _ = io.WriteString(w, "ok")
	})})
	got := converse(t, address, "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /"+end)
	want := "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: keep-alive\r\nAccess-Control-Allow-Origin: *\r\nX-Z: 1\r\nApigw-Requestid: id=\r\n\r\nok"
	if want += strings.Replace(want, "keep-alive", "close", 1); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
