package conformance

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/management/relay"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// relayed is a WebSocket that the gateway has opened for a caller.
type relayed struct {
	*gateway
	keys *aws.Credentials
	relay.Opened
	events *bufio.Scanner
	body   io.Closer
}

// open opens a WebSocket for a caller: members of the call are JSON.
func (g *gateway) open(keys *aws.Credentials, members string) (*relayed, heard) {
	g.t.Helper()
	got := g.ownAs(keys, "POST", "/_dragoman/client", members)
	c := &relayed{gateway: g, keys: keys}
	if got.StatusCode == 200 {
		must(g.t, json.Unmarshal([]byte(got.body), &c.Opened))
	}
	return c, got
}

// follow begins to read what happens.
func (c *relayed) follow() {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), "GET", "http://"+c.ManagementAddr()+"/_dragoman/client/"+c.ID+"/stream", nil)
	must(c.t, err)
	if c.keys != nil {
		must(c.t, v4.NewSigner().SignHTTP(c.t.Context(), *c.keys, r, sigv4.HashBytes(nil), "apigateway", "us-east-1", time.Now()))
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	must(c.t, err)
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		c.t.Fatalf("the stream: got %d %v", response.StatusCode, response.Header)
	}
	c.events, c.body = bufio.NewScanner(response.Body), response.Body
	c.t.Cleanup(func() { _ = response.Body.Close() })
}

// next is the next event.
func (c *relayed) next() (e relay.Event) {
	c.t.Helper()
	name := ""
	for c.events.Scan() {
		if after, ok := strings.CutPrefix(c.events.Text(), "event: "); ok {
			name = after
		}
		if after, ok := strings.CutPrefix(c.events.Text(), "data: "); ok {
			must(c.t, json.Unmarshal([]byte(after), &e))
			if e.Name != name || e.Time.IsZero() {
				c.t.Errorf("event %q with the data %s", name, after)
			}
			return e
		}
	}
	c.t.Fatalf("the stream ended (%v)", c.events.Err())
	return e
}

func (c *relayed) send(members string) heard {
	return c.ownAs(c.keys, "POST", "/_dragoman/client/"+c.ID+"/messages", members)
}

// A WebSocket is opened for a browser, which reads what happens to it as it comes.
func TestAClientForABrowser(t *testing.T) {
	t.Parallel()
	g := start(t)
	a := g.socketApi(mock(), mockReply(`$context.connectionId $context.identity.sourceIp $context.identity.userAgent`))
	c, got := g.open(nil, `{"address":"`+a.id+`/prod","headers":{"User-Agent":["browser/1"]}}`)
	if c.ID == "" || c.Status != 101 || c.Connection == "" {
		t.Fatalf("OpenClient: got %s", got.body)
	}
	if seen := g.connections(nil, ""); len(seen) != 1 || seen[0].ID != c.Connection {
		t.Errorf("connected: %+v, want %s", seen, c.Connection)
	}
	c.follow()
	if e := c.next(); e.Name != "open" || e.Opened == nil || e.Opened.Connection != c.Connection {
		t.Errorf("first came %+v", e)
	}
	if got := c.send(`{"message":"{\"action\":\"ask\"}"}`); got.StatusCode != 200 {
		t.Fatalf("WriteClient: got %d %s", got.StatusCode, got.body)
	}
	want := c.Connection + " 127.0.0.1 browser/1"
	if e := c.next(); e.Name != "message" || e.Data == nil || *e.Data != want || e.Bytes != len(want) {
		t.Errorf("the answer is %+v, want %s", e, want)
	}
	if got := c.send(`{"ping":true}`); got.StatusCode != 200 {
		t.Errorf("a ping: got %d %s", got.StatusCode, got.body)
	}
	if e := c.next(); e.Name != "pong" || e.Took == nil || *e.Took < 0 {
		t.Errorf("after a ping came %+v", e)
	}
	bytes := base64.StdEncoding.EncodeToString([]byte{0xff, 0})
	if got := g.ownAs(nil, "POST", "/_dragoman/connections/"+c.Connection, `{"message":"`+bytes+`","base64":true}`); got.StatusCode != 200 {
		t.Errorf("PostToConnection: got %d %s", got.StatusCode, got.body)
	}
	if e := c.next(); e.Name != "message" || !e.Base64 || *e.Data != bytes || e.Bytes != 2 {
		t.Errorf("bytes came as %+v", e)
	}
	if got := g.ownAs(nil, "DELETE", "/_dragoman/connections/"+c.Connection, ""); got.StatusCode != 204 {
		t.Errorf("DeleteConnection: got %d %s", got.StatusCode, got.body)
	}
	if e := c.next(); e.Name != "close" || e.Code != 1000 || e.Reason != "Connection Closed Normally" || e.By != "gateway" {
		t.Errorf("the end was %+v", e)
	}
	eventually(t, "the client is gone", func() bool { return c.send(`{"message":"x"}`).StatusCode == 404 })
}

// A client that leaves tells how, and the gateway hears it.
func TestAClientLeaves(t *testing.T) {
	t.Parallel()
	g := start(t)
	a := g.socketApi(mock(), mockReply("x"))
	c, _ := g.open(nil, `{"address":"`+a.id+`"}`)
	c.follow()
	c.next()
	for _, query := range []string{"?code=1005", "?code=1", "?code=x", "?reason=" + strings.Repeat("a", 124)} {
		if got := g.ownAs(nil, "DELETE", "/_dragoman/client/"+c.ID+query, ""); got.StatusCode != 400 {
			t.Errorf("%.20s: got %d %s", query, got.StatusCode, got.body)
		}
	}
	if got := g.ownAs(nil, "DELETE", "/_dragoman/client/"+c.ID+"?code=4001&reason=enough", ""); got.StatusCode != 204 {
		t.Fatalf("CloseClient: got %d %s", got.StatusCode, got.body)
	}
	if e := c.next(); e.Name != "close" || e.Code != 4001 || e.Reason != "enough" || e.By != "client" {
		t.Errorf("the end was %+v", e)
	}
	eventually(t, "the connection is gone", func() bool { return len(g.connections(nil, "")) == 0 })
}

// Whatever host and port an address names, our own data listener is called and nothing
// else; what it refuses is told as it said it.
func TestAClientCallsNobodyElse(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	called := make(chan string, 10)
	go func() {
		for {
			c, err := other.Accept()
			if err != nil {
				return
			}
			called <- c.LocalAddr().String()
			_ = c.Close()
		}
	}()
	g := start(t)
	a := g.socketApi(mock(), mockReply("x"))
	elsewhere := other.Addr().String()
	for _, row := range []struct {
		address string
		status  int
	}{
		{"ws://" + elsewhere + "/", 403}, {"ws://" + elsewhere + a.path(), 101}, {"wss://" + a.id + ".execute-api.us-east-1.amazonaws.com/prod", 101},
		{"http://" + a.id + ".execute-api." + elsewhere + "/prod", 101}, {"ws://169.254.169.254/latest/meta-data", 403}, {a.id + "/none", 403},
	} {
		c, got := g.open(nil, `{"address":"`+row.address+`"}`)
		if c.Status != row.status || (c.ID != "") != (row.status == 101) || row.status == 403 && !strings.Contains(c.Refusal.Body, "Forbidden") {
			t.Errorf("%s: got %s, want %d", row.address, got.body, row.status)
		}
		if got := g.ownAs(nil, "POST", "/_dragoman/client/request", `{"address":"`+row.address+`"}`); got.StatusCode != 200 || row.status == 403 && !strings.Contains(got.body, `"status":403`) {
			t.Errorf("a request to %s: got %d %s", row.address, got.StatusCode, got.body)
		}
	}
	select {
	case at := <-called:
		t.Errorf("%s was called", at)
	default:
	}
	for _, bad := range []string{"ftp://x/", "ws://", "ws://user:secret@x/", "nobody/prod", "", "ws://x/" + strings.Repeat("a", 9000)} {
		if _, got := g.open(nil, `{"address":"`+bad+`"}`); got.StatusCode != 400 && got.StatusCode != 404 || strings.Contains(got.body, "secret") {
			t.Errorf("%.40s: got %d %.200s", bad, got.StatusCode, got.body)
		}
	}
	for _, header := range []string{"Connection", "Sec-WebSocket-Key", "transfer-encoding", "a b"} {
		if _, got := g.open(nil, `{"address":"`+a.id+`/prod","headers":{"`+header+`":["x"]}}`); got.StatusCode != 400 {
			t.Errorf("the header %s: got %d %s", header, got.StatusCode, got.body)
		}
	}
}

// The gateway sees whoever asked, and believes nothing else that the client says of itself,
// not even where it trusts proxies on this machine.
func TestAClientIsWhoAsked(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) {
		c.Auth, c.Credentials = "sigv4", writeKeys(t, keyFile)
		c.Peers.TrustedProxies = []string{"127.0.0.1/32"}
	})
	g.sdk = g.as(full, "us-east-1")
	a := g.socketApi(mock(), mockReply("$context.identity.sourceIp"))
	for _, header := range []string{`"X-Forwarded-For":["203.0.113.9"]`, `"Forwarded":["for=203.0.113.9"]`, `"X-Real-IP":["203.0.113.9"]`} {
		c, got := g.open(&full, `{"address":"`+a.id+`/prod","headers":{`+header+`}}`)
		if c.ID == "" {
			t.Fatalf("%s: got %s", header, got.body)
		}
		c.follow()
		c.next()
		c.send(`{"message":"{\"action\":\"ask\"}"}`)
		if e := c.next(); e.Data == nil || *e.Data != "127.0.0.1" {
			t.Errorf("%s: the gateway saw %+v", header, e)
		}
	}
}

// A key of one API opens what leads there, whatever the address is, and sees its own
// clients alone; a reading key opens nothing.
func TestKeysOfClients(t *testing.T) {
	t.Parallel()
	file := writeKeys(t, keyFile)
	g := start(t, asking(file))
	g.sdk = g.as(full, "us-east-1")
	mine, other := g.socketApi(mock(), mockReply("x")), g.socketApi(mock(), mockReply("x"))
	appendFile(t, file, "\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis="+mine.id+"\n")
	limited, reader := aws.Credentials{AccessKeyID: "AKIDLIMITED", SecretAccessKey: "l"}, aws.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}
	eventually(t, "the limited key", func() bool { return g.ownAs(&limited, "GET", "/_dragoman/connections", "").StatusCode == 200 })
	c, got := g.open(&limited, `{"address":"`+mine.id+`/prod"}`)
	if c.ID == "" {
		t.Fatalf("its own API: got %d %s", got.StatusCode, got.body)
	}
	if got := g.ownAs(&full, "GET", "/_dragoman/client/"+c.ID+"/stream", ""); got.StatusCode != 404 {
		t.Errorf("another key reads its client: got %d %s", got.StatusCode, got.body)
	}
	for _, address := range []string{
		"ws://x" + other.path(), "ws://" + other.id + ".execute-api.localhost/prod", "ws://anything/prod/@connections/" + c.Connection, "ws://anything/_dragoman/portals/x", "ws://anything/",
	} {
		if c, got := g.open(&limited, `{"address":"`+address+`"}`); c.ID != "" || c.Status != 403 {
			t.Errorf("%s: got %d %s", address, got.StatusCode, got.body)
		}
		if got := g.ownAs(&limited, "POST", "/_dragoman/client/request", `{"address":"`+address+`","method":"DELETE"}`); !strings.Contains(got.body, `"status":403`) {
			t.Errorf("DELETE %s: got %d %s", address, got.StatusCode, got.body)
		}
	}
	if _, got := g.open(&limited, `{"address":"`+other.id+`/prod"}`); got.StatusCode != 404 {
		t.Errorf("another API by its id: got %d %s", got.StatusCode, got.body)
	}
	for path, body := range map[string]string{"": `{"address":"` + mine.id + `/prod"}`, "/request": `{"address":"` + mine.id + `/prod"}`, "/" + c.ID + "/messages": `{"message":"x"}`} {
		if got := g.ownAs(&reader, "POST", "/_dragoman/client"+path, body); got.StatusCode != 403 {
			t.Errorf("a reading key, %s: got %d %s", path, got.StatusCode, got.body)
		}
	}
	for i := 1; ; i++ { // one is open
		_, got := g.open(&limited, `{"address":"`+mine.id+`/prod"}`)
		if got.StatusCode == 429 {
			if i != 16 {
				t.Errorf("%d clients were opened", i)
			}
			break
		}
		if got.StatusCode != 200 || i > 16 {
			t.Fatalf("client %d: got %d %s", i, got.StatusCode, got.body)
		}
	}
	if c, got := g.open(&full, `{"address":"`+mine.id+`/prod"}`); c.ID == "" {
		t.Errorf("another caller: got %d %s", got.StatusCode, got.body)
	}
}

// A request of HTTP comes as it was written, and its answer is shown whole.
func TestARequestForABrowser(t *testing.T) {
	t.Parallel()
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Agent", r.UserAgent())
		w.WriteHeader(http.StatusTeapot)
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		fmt.Fprintf(w, "%s %s %s %s%s", r.Method, r.URL.RequestURI(), r.Header.Get("X-Mine"), body, strings.Repeat("x", n))
	})
	g := start(t)
	a := g.webApi(func(in *apigatewayv2.CreateApiInput) { in.Target = aws.String(at) })
	eventually(t, "the API", func() bool { return a.call("GET", "/", "").StatusCode == http.StatusTeapot })
	send := func(members string) (answer relay.Answer) {
		t.Helper()
		got := g.ownAs(nil, "POST", "/_dragoman/client/request", members)
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil || got.StatusCode != 200 {
			t.Fatalf("%s: got %d %s", members, got.StatusCode, got.body)
		}
		return answer
	}
	answer := send(`{"address":"` + a.id + `/a%2Fb?x=1","method":"PUT","headers":{"X-Mine":["m"],"User-Agent":["a/1"]},"body":"hé"}`)
	if want := "PUT /a%2Fb?x=1 m hé"; answer.Status != 418 || answer.Body.Body != want || answer.Bytes != len(want) || answer.Took <= 0 || !slices.Equal(answer.Header["X-Agent"], []string{"a/1"}) {
		t.Errorf("got %+v", answer)
	}
	answer = send(`{"address":"` + a.id + `/$default/long?n=1100000"}`)
	if !answer.Cut || answer.Bytes < 1100000 || len(answer.Body.Body) != 1<<20 {
		t.Errorf("of a long answer %d bytes are shown, %d told, cut: %v", len(answer.Body.Body), answer.Bytes, answer.Cut)
	}
	for _, bad := range []string{`{"address":"` + a.id + `","method":"CONNECT"}`, `{"address":"` + a.id + `","method":"A B"}`, `{"address":"` + a.id + `","body":"%","base64":true}`} {
		if got := g.ownAs(nil, "POST", "/_dragoman/client/request", bad); got.StatusCode != 400 {
			t.Errorf("%s: got %d %s", bad, got.StatusCode, got.body)
		}
	}
}

// An address with TLS is called by TLS where the gateway speaks it.
func TestAClientOfTLS(t *testing.T) {
	t.Parallel()
	g := start(t, withTLS(t))
	at := backend(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Forwarded")) })
	web := g.webApi(func(in *apigatewayv2.CreateApiInput) { in.Target = aws.String(at) })
	eventually(t, "the API", func() bool { return web.call("GET", "/", "").StatusCode == http.StatusOK })
	for _, scheme := range []string{"http", "https"} {
		got := g.ownAs(nil, "POST", "/_dragoman/client/request", `{"address":"`+scheme+`://`+web.id+`.execute-api.localhost/"}`)
		if !strings.Contains(got.body, "proto="+scheme+`"`) {
			t.Errorf("%s: got %d %s", scheme, got.StatusCode, got.body)
		}
	}
	c, got := g.open(nil, `{"address":"wss://`+g.socketApi(mock(), mockReply("x")).id+`.execute-api.localhost/prod"}`)
	if c.ID == "" {
		t.Fatalf("got %d %s", got.StatusCode, got.body)
	}
	c.follow()
	if e := c.next(); e.Name != "open" || e.Opened == nil || e.Opened.Connection != c.Connection {
		t.Errorf("first came %+v", e)
	}
}

// A client hears of a drain like all others, which it does not hold up.
func TestAClientHearsOfADrain(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.Drain = 20 * time.Second })
	c, got := g.open(nil, `{"address":"`+g.socketApi(mock(), mockReply("x")).id+`/prod"}`)
	if c.ID == "" {
		t.Fatalf("got %d %s", got.StatusCode, got.body)
	}
	c.follow()
	c.next()
	began := time.Now()
	g.stop()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the drain took %v", took)
	}
	if e := c.next(); e.Name != "close" || e.Code != 1001 || e.By != "gateway" {
		t.Errorf("the end was %+v", e)
	}
}
