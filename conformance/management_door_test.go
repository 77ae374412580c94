package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// Every bad request to the management listener gets an answer in AWS's form and
// changes nothing.
func TestBadInputAtTheDoor(t *testing.T) {
	t.Parallel()
	var log lines
	g := start(t, log.into, func(c *server.Config) { c.ManagementRate = 0 })
	deep := func(n int) string {
		return `{"name":"n","protocolType":"HTTP","tags":` + strings.Repeat(`{"a":`, n) + `"b"` + strings.Repeat("}", n) + `}`
	}
	const bad, apis = "BadRequestException", "/v2/apis"
	tests := []crafted{
		{name: "deep objects", method: "POST", target: apis, body: deep(10_000), status: 400, exception: bad, text: "nested deeper than"},
		{name: "deep lists", method: "POST", target: apis, body: strings.Repeat("[", 500_000), status: 400, exception: bad, text: "nested deeper than"},
		{name: "deep where nobody looks", method: "POST", target: apis, body: `{"unknown":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, status: 400, exception: bad},
		{name: "a huge body", method: "POST", target: apis, body: `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, status: 413, exception: "PayloadTooLargeException", text: "Request size exceeded"},
		{name: "a long name", method: "POST", target: apis, body: `{"protocolType":"HTTP","name":"` + strings.Repeat("x", 500_000) + `"}`, status: 400, exception: bad},
		{name: "not UTF-8", method: "POST", target: apis, body: "{\"protocolType\":\"HTTP\",\"name\":\"\xff\xfe\"}", status: 400, exception: bad, text: "UTF-8"},
		{name: "not UTF-8 in the path", method: "GET", target: apis + "/%ff%fe", status: 404, exception: "UnknownOperationException"},
		{name: "not UTF-8 in the query", method: "GET", target: apis + "?nextToken=%ff", status: 400, exception: bad, text: "UTF-8"},
		{name: "a broken query", method: "GET", target: apis + "?nextToken=%zz", status: 400, exception: bad, text: "query string"},
		{name: "half a surrogate", method: "POST", target: apis, body: `{"protocolType":"HTTP","name":"\ud800"}`, status: 201},
		{name: "a NUL in a name", method: "GET", target: apis + "/%00", status: 404, exception: "NotFoundException"},
		{name: "not JSON", method: "POST", target: apis, body: `{"name":`, status: 400, exception: bad, text: "not valid JSON"},
		{name: "two documents", method: "POST", target: apis, body: `{"name":"a","protocolType":"HTTP"}{}`, status: 400, exception: bad, text: "not valid JSON"},
		{name: "a list", method: "POST", target: apis, body: `[]`, status: 400, exception: bad, text: "must be an object"},
		{name: "null", method: "POST", target: apis, body: `null`, status: 400, exception: bad, text: "must be an object"},
		{name: "no body", method: "POST", target: apis, status: 400, exception: bad, text: "Value null at 'name'"},
		{name: "a number for a name", method: "POST", target: apis, body: `{"name":1,"protocolType":"HTTP"}`, status: 400, exception: bad},
		{name: "a huge number", method: "POST", target: apis, body: `{"name":"n","protocolType":"HTTP","corsConfiguration":{"maxAge":1e999}}`, status: 400, exception: bad},
		{name: "a text for an object", method: "POST", target: apis, body: `{"name":"n","protocolType":"HTTP","tags":"x"}`, status: 400, exception: bad},
		{name: "a wrong method", method: "PUT", target: apis + "/a/routes", status: 405, exception: "MethodNotAllowedException"},
		{name: "a method of its own", method: "BREW", target: apis, status: 405, exception: "MethodNotAllowedException"},
		{name: "an unknown path", method: "GET", target: "/v2/nothing", status: 404, exception: "UnknownOperationException", text: "Unable to determine service/operation name to be authorized"},
		{name: "another version", method: "GET", target: "/v3/apis", status: 404, exception: "UnknownOperationException"},
		{name: "the root", method: "GET", target: "/", status: 404, exception: "UnknownOperationException"},
		{name: "a path that climbs", method: "GET", target: "/v2/apis/../../healthz", status: 404, exception: "UnknownOperationException"},
		{name: "empty segments", method: "GET", target: "/v2//apis", status: 404, exception: "UnknownOperationException"},
		{name: "a long path", method: "GET", target: "/v2/" + strings.Repeat("a/", 10_000), status: 404, exception: "UnknownOperationException"},
		{name: "an id with a slash", method: "GET", target: apis + "/a%2Fb", status: 404, exception: "NotFoundException"},
		{name: "an id that climbs", method: "GET", target: apis + "/..%2F..%2Fx", status: 404, exception: "NotFoundException"},
		{name: "no ARN", method: "GET", target: "/v2/tags/nothing", status: 400, exception: bad},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.unsigned = true
			answer := g.craft(test)
			if answer.StatusCode != test.status || answer.Header.Get("X-Amzn-Errortype") != test.exception || !strings.Contains(answer.body, test.text) {
				t.Errorf("got %d %q %.300s, want %d %q %s", answer.StatusCode, answer.Header.Get("X-Amzn-Errortype"), answer.body, test.status, test.exception, test.text)
			}
			var said struct{ Message *string }
			if err := json.Unmarshal([]byte(answer.body), &said); test.status >= 400 && (err != nil || said.Message == nil || len(answer.body) > 4096) {
				t.Errorf("not a short message: %.300s (%v)", answer.body, err)
			}
			if answer.Header.Get("Content-Type") != "application/json" || len(answer.Header.Get("X-Amzn-Requestid")) != 36 || answer.Header.Get("X-Amz-Apigw-Id") == "" {
				t.Errorf("got headers %v", answer.Header)
			}
		})
	}
	list, err := g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("got %+v (%v), want the one API that was well made", list, err)
	}
	if strings.Contains(log.String(), "panic") || strings.Contains(log.String(), `"level":"ERROR"`) {
		t.Errorf("something broke:\n%s", log.String())
	}
}

// Bytes that are no HTTP at all, and clients that stop half-way.
func TestBytesAtTheDoor(t *testing.T) {
	t.Parallel()
	g := start(t)
	for _, bytes := range []string{
		"\x16\x03\x01\x00\xa5\x01\x00\x00", "GET\r\n\r\n", "GET /v2/apis HTTP/9.9\r\n\r\n",
		"POST /v2/apis HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"POST /v2/apis HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		"POST /v2/apis HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"GET /v2/apis HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n",
		"POST /v2/apis HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
	} {
		conn, err := net.Dial("tcp", g.ManagementAddr())
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		_, _ = io.WriteString(conn, bytes) // the server may hang up before it has read all
		_ = conn.(*net.TCPConn).CloseWrite()
		if answer, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil && (answer.StatusCode < 400 || answer.StatusCode >= 500 && answer.StatusCode != 505) {
			t.Errorf("%.60q: got %s", bytes, answer.Status)
		}
		_ = conn.Close()
	}
	if _, err := g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A body of unknown length is read to the bound and no further.
func TestAnEndlessBody(t *testing.T) {
	t.Parallel()
	g := start(t)
	reader, writer := io.Pipe()
	go func() {
		chunk := strings.Repeat("x", 64<<10)
		for {
			if _, err := io.WriteString(writer, chunk); err != nil {
				return
			}
		}
	}()
	r, err := http.NewRequestWithContext(t.Context(), "POST", fmt.Sprintf("http://%s/v2/apis", g.ManagementAddr()), reader)
	must(t, err)
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	_ = reader.Close()
	if err == nil {
		defer answer.Body.Close()
		if answer.StatusCode != 413 {
			t.Errorf("got %s, want 413", answer.Status)
		}
	}
	if _, err := g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
