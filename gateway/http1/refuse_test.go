package http1

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// refusals are requests that two servers could read differently, or that ask for
// too much.
var refusals = []struct {
	name, raw string
	status    int
}{
	{"length and chunks", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	{"chunks and length", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
	{"one length twice", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
	{"lengths that differ", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\nxx", 400},
	{"list of lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\nx", 400},
	{"signed length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx", 400},
	{"hexadecimal length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\nx", 400},
	{"empty length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400},
	{"huge length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999999999999\r\n\r\n", 400},
	{"other coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
	{"list of codings", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
	{"coding with a tab", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400},
	{"coding twice", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	{"coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	{"folded line", "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", 400},
	{"folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
	{"space before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
	{"no colon", "GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n", 400},
	{"no name", "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", 400},
	{"odd name", "GET / HTTP/1.1\r\nHost: h\r\na(b): x\r\n\r\n", 400},
	{"NUL in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: \x00\r\n\r\n", 400},
	{"CR in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", 400},
	{"LF alone", "GET / HTTP/1.1\nHost: h\n\n", 400},
	{"LF alone in the head", "GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n", 400},
	{"LF alone at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
	{"leading empty line", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
	{"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400},
	{"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
	{"two Hosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
	{"Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
	{"Host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
	{"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
	{"Host with a bad port", "GET / HTTP/1.1\r\nHost: h:x\r\n\r\n", 400},
	{"Host with a high port", "GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n", 400},
	{"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
	{"target of another host", "GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"target of another scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"target with a user", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"target without a slash", "GET path HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"target with a fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"target badly escaped", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"target of everything", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"tunnel", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", 400},
	{"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"two spaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"odd method", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
	{"no version", "GET /\r\nHost: h\r\n\r\n", 400},
	{"other protocol", "GET / RTSP/1.0\r\nHost: h\r\n\r\n", 400},
	{"lower case version", "GET / http/1.1\r\nHost: h\r\n\r\n", 400},
	{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
	{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400},
	{"HTTP/2 without a fallback", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
	{"trailer of framing", "POST / HTTP/1.1\r\nHost: h\r\nTrailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	{"long target", "GET /" + strings.Repeat("x", 40<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
	{"target without end", "GET /" + strings.Repeat("x", 70<<10), 414},
	{"long head", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 70) + "\r\n", 431},
	{"line without end", "GET / HTTP/1.1\r\nHost: h\r\nA: " + strings.Repeat("x", 70<<10), 431},
	{"many lines", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 300) + "\r\n", 431},
}

func TestRefusals(t *testing.T) {
	address := serveOwn(t, &Server{
		Handler:   http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request was served") }),
		RequestID: func() string { return "JCJXri3_PHcEP_Q=" },
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
			if rest, _ := io.ReadAll(r); len(rest) > 0 {
				t.Errorf("more came: %q", rest)
			}
		})
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
			if len(got) != 1 || !strings.HasSuffix(got[0], errChunk.Error()) {
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
		if got := validHost(host); got != want {
			t.Errorf("validHost(%q): got %v, want %v", host, got, want)
		}
	}
}
