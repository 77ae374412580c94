package http1

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// refusals are requests that two servers could read differently, or that ask for
// too much.
var refusals = []struct {
	name, raw string
	status    int
	why       string // is said of it to whoever runs the server
}{
	{"length and chunks", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "Content-Length and Transfer-Encoding"},
	{"chunks and length", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, "Content-Length and Transfer-Encoding"},
	{"one length twice", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400, "Content-Length is there 2 times"},
	{"lengths that differ", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\nxx", 400, "Content-Length is there 2 times"},
	{"list of lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\nx", 400, "0x2C (,) at place 2"},
	{"signed length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx", 400, "0x2B (+) at place 1"},
	{"hexadecimal length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\nx", 400, "0x78 (x) at place 2"},
	{"empty length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400, "is empty"},
	{"huge length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999999999999\r\n\r\n", 400, "at most 18"},
	{"other coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "coding other than chunked"},
	{"list of codings", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "coding other than chunked"},
	{"coding with a tab", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400, "header Transfer-Encoding, whose value has the byte 0x0B"},
	{"coding twice", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "Transfer-Encoding is there twice"},
	{"coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "HTTP/1.0"},
	{"folded line", "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", 400, "line 4 of the head begins with a space"},
	{"folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "line 2 of the head begins with a space"},
	{"space before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400, "0x20 (a space) at place 5"},
	{"no colon", "GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n", 400, "line 3 of the head has no colon"},
	{"no name", "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", 400, "no name before its colon"},
	{"odd name", "GET / HTTP/1.1\r\nHost: h\r\na(b): x\r\n\r\n", 400, "0x28 (()"},
	{"NUL in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: \x00\r\n\r\n", 400, "header A, whose value has the byte 0x00 at place 2"},
	{"CR in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", 400, "header A, whose value has the byte 0x0D"},
	{"LF alone", "GET / HTTP/1.1\nHost: h\n\n", 400, "line 1 of the head ends with LF"},
	{"LF alone in the head", "GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n", 400, "line 2 of the head ends with LF"},
	{"LF alone at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "line 3 of the head ends with LF"},
	{"leading empty line", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "begins with an empty line"},
	{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "no header Host"},
	{"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400, "no header Host"},
	{"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "Host is empty"},
	{"two Hosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400, "Host is there 2 times"},
	{"Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400, "0x2F (/) at place 2"},
	{"Host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400, "0x40 (@) at place 2"},
	{"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "0x20 (a space) at place 2"},
	{"Host with a bad port", "GET / HTTP/1.1\r\nHost: h:x\r\n\r\n", 400, "a port"},
	{"Host with a high port", "GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n", 400, "up to 65535"},
	{"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, "no address"},
	{"target of another host", "GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "another host than the header Host"},
	{"target of another scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "neither with /"},
	{"target with a user", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "a user before its host"},
	{"target without a slash", "GET path HTTP/1.1\r\nHost: h\r\n\r\n", 400, "neither with /"},
	{"target with a fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "0x23"},
	{"target badly escaped", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400, "%"},
	{"target of everything", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, "OPTIONS alone"},
	{"tunnel", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", 400, "CONNECT"},
	{"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", 400, "no version follows"},
	{"two spaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "3 spaces"},
	{"space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "%20"},
	{"odd method", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "method has the byte 0x28 (()"},
	{"no version", "GET /\r\nHost: h\r\n\r\n", 400, "no version follows"},
	{"other protocol", "GET / RTSP/1.0\r\nHost: h\r\n\r\n", 400, "HTTP/1.1"},
	{"lower case version", "GET / http/1.1\r\nHost: h\r\n\r\n", 400, "HTTP/1.1"},
	{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "HTTP/1.1"},
	{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505, "HTTP/1.1"},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400, "TLS"},
	{"HTTP/2 without a fallback", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/2"},
	{"trailer of framing", "POST / HTTP/1.1\r\nHost: h\r\nTrailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "header Trailer"},
	{"long target", "GET /" + strings.Repeat("x", 40<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414, "longer than 32768 bytes"},
	{"target without end", "GET /" + strings.Repeat("x", 70<<10), 414, "longer than 32768 bytes"},
	{"long head", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 70) + "\r\n", 431, "longer than 65536 bytes; its longest header is A with 1003 bytes"},
	{"line without end", "GET / HTTP/1.1\r\nHost: h\r\nA: " + strings.Repeat("x", 70<<10), 431, "longer than 65536 bytes; its longest header is A"},
	{"many lines", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 300) + "\r\n", 431, "at most 256"},
}

func TestRefusals(t *testing.T) {
	told := make(chan peer.Refused, 1)
	address := serveOwn(t, &Server{
		Handler:   http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request was served") }),
		RequestID: func() string { return "JCJXri3_PHcEP_Q=" },
		Refused:   func(r peer.Refused) string { told <- r; return "0123456789abcdef" },
	})
	for _, row := range refusals {
		t.Run(row.name, func(t *testing.T) {
			got := converse(t, address, row.raw+"GET /smuggled"+end)
			r := bufio.NewReader(strings.NewReader(got))
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatalf("no answer: %v: %q", err, got)
			}
			body, _ := io.ReadAll(resp.Body)
			message := messages[row.status]
			if message == "" {
				message = http.StatusText(row.status)
			}
			if want := `{"message":"` + message + `"}`; resp.StatusCode != row.status || string(body) != want {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, row.status, want)
			}
			if !resp.Close || resp.Header.Get("Apigw-Requestid") != "JCJXri3_PHcEP_Q=" || resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("header: got %v", resp.Header)
			}
			why := <-told
			if why.Status != row.status || why.Body != string(body) || why.RequestID != "JCJXri3_PHcEP_Q=" || why.Client == "" || resp.Header.Get("Dragoman-Trace") != "0123456789abcdef" {
				t.Errorf("told %+v of %v", why, resp.Header)
			}
			if !strings.Contains(why.Why, row.why) || row.why == "" {
				t.Errorf("why: got %q, want %q in it", why.Why, row.why)
			}
			if rest, _ := io.ReadAll(r); len(rest) > 0 {
				t.Errorf("more came: %q", rest)
			}
		})
	}
}

// What is said of a refusal has nothing of what stood in the head but the names of headers: a
// secret may stand wherever something is malformed.
func TestRefusalsTellNoValues(t *testing.T) {
	limits := Limits{}
	limits.fill()
	for _, text := range []string{
		"GET /hunter22 HTTP/3.0\r\nHost: h\r\n\r\n", "GET hunter22 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /?k=hunter22#x HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://hunter22:x@h/ HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: hunter22@h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nhunter22\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nhunter22 : x\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: hunter22\x00\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: hunter22\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: hunter22\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nExpect: hunter22\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: hunter22:\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n " + "hunter22\r\n\r\n", "(hunter22 / HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://hunter22/ HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		r := http.Request{URL: &url.URL{}}
		no := (&head{request: &r}).read(text, &limits)
		if no == nil {
			t.Errorf("%q is no refusal", text)
			continue
		}
		if why := explain(no, text, &limits); why == "" || strings.Contains(why, "hunter22") || strings.Contains(why, "cannot be read") {
			t.Errorf("%q: got %q", text, why)
		}
	}
}

// Words are found for whatever is refused, however little of it has come.
func TestEveryRefusalIsExplained(t *testing.T) {
	limits := Limits{}
	limits.fill()
	for _, row := range refusals {
		for _, no := range []*refusal{errLate, errFull, bad("anything"), faulty(grammar.BareLine), faulty(grammar.NoName), faulty(grammar.BadValue), faulty(grammar.BadLength), bad("request line"), bad("target"), bad("Host"), tooManyFields()} {
			for n := 0; n <= min(len(row.raw), 200); n++ {
				if explain(no, row.raw[:n], &limits) == "" {
					t.Errorf("%v of %q says nothing", no, row.raw[:n])
				}
			}
		}
	}
}

// Bodies that are not well chunked fail for whoever reads them, and nothing behind
// them is taken for a request.
func TestBadChunks(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	address := serveOwn(t, &Server{Handler: contractHandler()})
	for name, chunks := range map[string]string{
		"sign":              "-3\r\nabc\r\n0\r\n\r\n",
		"space":             "3 \r\nabc\r\n0\r\n\r\n",
		"prefix":            "0x3\r\nabc\r\n0\r\n\r\n",
		"too large":         "fffffffffffffffff\r\n",
		"no size":           "\r\nabc",
		"LF alone":          "3\nabc\r\n0\r\n\r\n",
		"LF after the data": "3\r\nabc\n0\r\n\r\n",
		"longer than said":  "3\r\nabcd\r\n0\r\n\r\n",
		"long extension":    "3;" + long + "\r\nabc\r\n0\r\n\r\n",
		"folded trailer":    "0\r\nA: b\r\n c\r\n\r\n",
		"bad trailer":       "0\r\nnonsense\r\n\r\n",
		"long trailer":      "0\r\n" + strings.Repeat("A: b\r\n", 300) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			raw := "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "GET /smuggled" + end
			got := answers(converse(t, address, raw), []string{"POST"})
			if len(got) != 1 || !strings.Contains(got[0], errChunk.Error()+": ") {
				t.Errorf("got %.200q, want one answer that tells of %q", got, errChunk)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"api.execute-api.localhost:8080": true, "a_b": true, "127.0.0.1": true, "[::1]": true, "[fe80::1]:80": true, "h:": true, "caf%C3%A9": true,
		"": false, ":80": false, "[]": false, "[::1]x": false, "[::1]:x": false, "a:1:2": false, "h:123456": false, "a,b": true, "h?": false, "h#": false, `h\`: false, "\xff": false,
	} {
		if got := grammar.Host(host); got != want {
			t.Errorf("Host(%q): got %v, want %v", host, got, want)
		}
	}
}
