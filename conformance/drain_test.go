package conformance

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// drainTime is longer than any machine needs for what these tests drain.
const drainTime = time.Minute

// spreadTime is what clients are sent away over where there are many.
const spreadTime = 12 * time.Second

// drainers are the gateways that are drained, each made for functions at an address.
func drainers(t *testing.T) map[string]func(t *testing.T, f *functions) *gateway {
	binary := func(flags ...string) func(*testing.T, *functions) *gateway {
		return func(t *testing.T, f *functions) *gateway {
			g, _ := started(t, append(flags, "--data-dir", "", "--drain", spreadTime.String(), "--function", "talk="+f.url)...)
			return g
		}
	}
	within := func(front string) func(*testing.T, *functions) *gateway {
		return func(t *testing.T, f *functions) *gateway {
			return start(t, f.as, func(c *server.Config) { c.Drain, c.Front = spreadTime, front })
		}
	}
	return map[string]func(*testing.T, *functions) *gateway{
		"binary": binary(), "binary with net/http": binary("--front", "net/http"),
		"server.Run": within("own"), "server.Run with net/http": within("net/http"),
		"server.Run with TLS": func(t *testing.T, f *functions) *gateway {
			return start(t, f.as, withTLS(t), func(c *server.Config) { c.Drain = spreadTime })
		},
	}
}

// withTLS is a gateway that has a certificate which clients of tests do not look at.
func withTLS(t *testing.T) func(*server.Config) {
	pair := newSigner(t).write(t, t.TempDir(), "any", "localhost")
	return func(c *server.Config) {
		c.Domains.Listen, c.Domains.Certificates = "127.0.0.1:0", map[string]string{"*": pair}
	}
}

// drained is a gateway on which everything that can be under way is.
type drained struct {
	*socketApi
	t        *testing.T
	f        *functions
	web      *webApi
	base     string       // of URLs of the data plane
	client   *http.Client // that keeps its connections
	clients  []*websocket.Conn
	answers  int      // that clients got
	ids      []string // of their connections
	release  func()
	response chan *http.Response // of the request that is under way
	ended    chan struct{}
}

const drainedClients = 20

// underWay has 20 clients and one request wait for their backends.
func underWay(t *testing.T, made func(*testing.T, *functions) *gateway) *drained {
	entered, released := make(chan struct{}, 100), make(chan struct{})
	d := &drained{
		t: t, release: sync.OnceFunc(func() { close(released) }),
		response: make(chan *http.Response, 1), ended: make(chan struct{}),
	}
	d.f = lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		if e.RequestContext.EventType == "MESSAGE" {
			entered <- struct{}{}
			<-released
		}
		return `{"statusCode":200,"body":"to ` + e.RequestContext.ConnectionID + `"}`, false
	})
	slow := backend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-released
		}
		_, _ = io.WriteString(w, "done")
	})
	t.Cleanup(d.release)
	g := made(t, d.f)
	d.socketApi = g.socketApi(proxy(), none).with("$connect", false).with("$disconnect", false)
	d.web = g.webApi()
	d.web.route("GET /{proxy+}", d.web.integrate(proxyTo(slow+"/{proxy}")))
	d.web.deploy("$default")
	d.base, d.client = "http://"+g.DataAddr(), newClient(t)
	if g.SecureAddr() != "" {
		d.base = "https://" + g.SecureAddr()
	}
	for i := range drainedClients {
		conn, _, err := websocket.Dial(t.Context(), d.base+d.path(), &websocket.DialOptions{HTTPClient: newClient(t)})
		must(t, err)
		t.Cleanup(func() { _ = conn.CloseNow() })
		d.clients = append(d.clients, conn)
		must(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"ask"}`)))
		<-entered
		d.ids = append(d.ids, d.f.seen("MESSAGE")[i].RequestContext.ConnectionID)
	}
	go func() {
		r, err := d.client.Get(d.base + "/_aws/execute-api/" + d.web.id + "/slow")
		if err != nil {
			t.Errorf("the request under way: %v", err)
			r = nil
		}
		d.response <- r
	}()
	<-entered
	return d
}

// SIGTERM loses no answer: what was read is answered, whoever works meanwhile is served,
// and everybody is sent away, one after the other.
func TestDrainAnswersWhatIsUnderWay(t *testing.T) {
	for name, made := range drainers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			d := underWay(t, made)
			began := time.Now()
			go func() { defer close(d.ended); d.stop() }()
			d.draining()
			d.whileDraining()
			d.release()
			for i, conn := range d.clients {
				if got := read(t, conn); got != "posted" {
					t.Errorf("client %d: got %q, want what was posted", i, got)
				}
				d.toTheEnd(i, conn)
			}
			if took := time.Since(began); took < spreadTime/2 {
				t.Errorf("all are gone after %v, want them to go over %v", took, spreadTime)
			}
			if r := <-d.response; r != nil {
				if text, _ := io.ReadAll(r.Body); string(text) != "done" || !r.Close {
					t.Errorf("the request under way: got %q, close %v, want its answer and the end of its connection", text, r.Close)
				}
				r.Body.Close()
			}
			<-d.ended
			d.afterwards()
		})
	}
}

// toTheEnd reads the answers of a client until it is sent away.
func (d *drained) toTheEnd(i int, conn *websocket.Conn) {
	ctx, cancel := context.WithTimeout(d.t.Context(), drainTime)
	defer cancel()
	for had := 0; ; had++ {
		_, frame, err := conn.Read(ctx)
		if err == nil && string(frame) == "to "+d.ids[i] {
			d.answers++
			continue
		}
		if had == 0 || websocket.CloseStatus(err) != 1001 || !strings.Contains(err.Error(), "Going away") {
			d.t.Errorf("client %d: got %q %v after %d answers, want at least one and 1001 Going away", i, frame, err, had)
		}
		return
	}
}

// newClient is a client of HTTP/1.1 with connections of its own, that believes any
// certificate.
func newClient(t *testing.T) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func read(t *testing.T, conn *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), drainTime)
	defer cancel()
	_, frame, err := conn.Read(ctx)
	if err != nil {
		t.Errorf("reading a frame: %v", err)
	}
	return string(frame)
}

// whileDraining is what a gateway does while backends still work.
func (d *drained) whileDraining() {
	t := d.t
	if status, text := d.page("/healthz"); status != 200 || text != "ok\n" {
		t.Errorf("/healthz: got %d %q, want 200 ok", status, text)
	}
	_, response, err := websocket.Dial(t.Context(), d.base+d.path(), &websocket.DialOptions{HTTPClient: newClient(t)})
	if err == nil || response == nil || response.StatusCode != 503 {
		t.Errorf("a new client: got %v %v, want 503", response, err)
	}
	for i, conn := range d.clients {
		must(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"ask"}`))) // which is read unless its turn has come
		if status, kind, _ := d.call("POST", "/@connections/"+d.ids[i], "posted"); status != 200 {
			t.Errorf("@connections: got %d %s, want 200", status, kind)
		}
	}
	for _, client := range []*http.Client{d.client, newClient(t)} {
		r, err := client.Get(d.base + "/_aws/execute-api/" + d.web.id + "/quick")
		must(t, err)
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != 200 || string(text) != "done" || !r.Close {
			t.Errorf("a new request: got %d %q, close %v, want an answer that ends the connection", r.StatusCode, text, r.Close)
		}
	}
	if _, err := d.sdk.GetApis(t.Context(), nil); err != nil {
		t.Errorf("the management API: %v", err)
	}
	r, err := http.Get("http://" + d.ManagementAddr() + "/healthz")
	must(t, err)
	r.Body.Close()
	if !r.Close {
		t.Error("the management listener keeps connections")
	}
}

// afterwards is what the functions have seen.
func (d *drained) afterwards() {
	if got := len(d.f.seen("MESSAGE")); got != d.answers || got <= drainedClients {
		d.t.Errorf("%d messages were taken and %d answered, want all of those and more than the %d of before the drain", got, d.answers, drainedClients)
	}
	gone := d.f.seen("DISCONNECT")
	if len(gone) != drainedClients {
		d.t.Errorf("%d clients were told of as gone, want %d", len(gone), drainedClients)
	}
	for _, e := range gone {
		if c := e.RequestContext; c.DisconnectStatusCode != 1001 || aws.ToString(c.DisconnectReason) != "Going away" {
			d.t.Errorf("$disconnect: got %d %q, want 1001 Going away", c.DisconnectStatusCode, aws.ToString(c.DisconnectReason))
		}
	}
}

// Messages that were read before the drain are answered although others of the
// same client must end first.
func TestDrainAnswersWhatWaitsForASlot(t *testing.T) {
	entered, release := make(chan struct{}, 10), make(chan struct{})
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		entered <- struct{}{}
		<-release
		return fmt.Sprintf(`{"statusCode":200,"body":%q}`, e.Body), false
	})
	a := start(t, f.as, func(c *server.Config) { c.Drain, c.InFlight = drainTime, 1 }).socketApi(proxy(), none)
	raw := a.rawDial()
	var sent []byte
	for i := range 5 {
		sent = append(sent, maskedText(fmt.Sprintf(`{"action":"ask","n":%d}`, i))...)
	}
	_, err := raw.Write(sent) // one write, which the gateway reads at once
	must(t, err)
	<-entered
	ended := make(chan struct{})
	go func() { defer close(ended); a.stop() }()
	a.draining()
	close(release)
	for i := range 5 {
		if got, want := raw.frame(), fmt.Sprintf(`{"action":"ask","n":%d}`, i); got != want {
			t.Errorf("answer %d: got %q, want %q", i, got, want)
		}
	}
	if got := raw.frame(); got != "\x03\xe9Going away" {
		t.Errorf("the end: got %q, want 1001", got)
	}
	must(t, raw.Close())
	<-ended
}

// A drain ends with its time, whatever is under way, and clients still hear of it.
func TestDrainIsBounded(t *testing.T) {
	entered, release := make(chan struct{}, 30), make(chan struct{})
	target := backend(t, func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-release })
	t.Cleanup(func() { close(release) })
	g, p := started(t, "--data-dir", "", "--drain", "1s", "--in-flight", "1")
	a := g.socketApi(httpTo(target), mockReply("never"))
	web := g.webApi()
	web.route("GET /", web.integrate(proxyTo(target)))
	web.deploy("$default")
	conn := a.dial(nil)
	for range 3 { // more than may be under way
		must(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"ask"}`)))
	}
	<-entered
	go func() {
		r, err := web.client.Get("http://" + g.DataAddr() + "/_aws/execute-api/" + web.id + "/")
		if err == nil {
			r.Body.Close()
		}
	}()
	<-entered
	ended := make(chan struct{})
	go func() { defer close(ended); g.stop() }()
	ctx, cancel := context.WithTimeout(t.Context(), drainTime)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
		t.Errorf("got %v, want 1001", err)
	}
	<-ended // started fails the test when it does not end, or not with 0
	if log := p.log.String(); !strings.Contains(log, "the drain time is over") || !strings.Contains(log, "messages=1 requests=1") {
		t.Errorf("log: got %s, want what was left", log)
	}
}

// Requests of HTTP/2 that are under way get their answers too.
func TestDrainAnswersHTTP2(t *testing.T) {
	for _, front := range []string{"own", "net/http"} {
		for _, scheme := range []string{"http", "https"} {
			t.Run(front+" "+scheme, func(t *testing.T) {
				entered, release := make(chan struct{}), make(chan struct{})
				free := sync.OnceFunc(func() { close(release) })
				target := backend(t, func(w http.ResponseWriter, _ *http.Request) {
					close(entered)
					<-release
					_, _ = io.WriteString(w, "done")
				})
				t.Cleanup(free)
				g := start(t, withTLS(t), func(c *server.Config) { c.Drain, c.Front = drainTime, front })
				web := g.webApi()
				web.route("GET /", web.integrate(proxyTo(target)))
				web.deploy("$default")
				transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: new(http.Protocols)}
				transport.Protocols.SetHTTP2(true)
				transport.Protocols.SetUnencryptedHTTP2(true)
				t.Cleanup(transport.CloseIdleConnections)
				address := g.DataAddr()
				if scheme == "https" {
					address = g.SecureAddr()
				}
				answer := make(chan string, 1)
				go func() {
					_, protocol, body, err := get(t, &http.Client{Transport: transport}, scheme+"://"+address+"/_aws/execute-api/"+web.id+"/")
					answer <- fmt.Sprint(protocol, " ", body, " ", err)
				}()
				<-entered
				ended := make(chan struct{})
				go func() { defer close(ended); g.stop() }()
				g.draining()
				free()
				if got, want := <-answer, "HTTP/2.0 done <nil>"; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				<-ended
			})
		}
	}
}

// draining waits until the gateway says that it drains.
func (g *gateway) draining() {
	g.t.Helper()
	eventually(g.t, "draining", func() bool {
		status, text := g.page("/readyz")
		return status == 503 && text == "draining\n"
	})
}

// page is a page of the management listener.
func (g *gateway) page(path string) (status int, text string) {
	g.t.Helper()
	r, err := http.Get("http://" + g.ManagementAddr() + path)
	must(g.t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	must(g.t, err)
	return r.StatusCode, string(b)
}

// httpTo is an integration that posts to a URI.
func httpTo(uri string) apigatewayv2.CreateIntegrationInput {
	return apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(uri),
	}
}

// rawSocket is a WebSocket client whose frames a test makes by hand.
type rawSocket struct {
	net.Conn
	t    *testing.T
	from *bufio.Reader
}

func (a *socketApi) rawDial() *rawSocket {
	a.t.Helper()
	conn, err := net.Dial("tcp", a.DataAddr())
	must(a.t, err)
	a.t.Cleanup(func() { _ = conn.Close() })
	must(a.t, conn.SetDeadline(time.Now().Add(drainTime)))
	_, err = io.WriteString(conn, "GET "+a.path()+" HTTP/1.1\r\nHost: "+a.DataAddr()+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	must(a.t, err)
	from := bufio.NewReader(conn)
	response, err := http.ReadResponse(from, nil)
	must(a.t, err)
	if response.StatusCode != http.StatusSwitchingProtocols {
		a.t.Fatalf("handshake: got %d", response.StatusCode)
	}
	return &rawSocket{conn, a.t, from}
}

// maskedText is a text frame of under 126 bytes; its mask changes nothing.
func maskedText(payload string) []byte {
	return append([]byte{0x81, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
}

// frame is the payload of the next frame, which is short.
func (r *rawSocket) frame() string {
	r.t.Helper()
	var head [2]byte
	_, err := io.ReadFull(r.from, head[:])
	must(r.t, err)
	payload := make([]byte, head[1]&0x7f)
	_, err = io.ReadFull(r.from, payload)
	must(r.t, err)
	return string(payload)
}

// Clients are sent away one after the other over the drain time, and each is told of as
// gone when it goes, not when all have gone.
func TestClientsLeaveOneAfterTheOther(t *testing.T) {
	const clients, drain = 8, 8 * time.Second
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) { return `{"statusCode":200}`, false })
	g, _ := started(t, "--data-dir", "", "--drain", drain.String(), "--function", "talk="+f.url)
	a := g.socketApi(proxy(), none).with("$disconnect", false)
	left := make(chan error, clients)
	for range clients {
		conn := a.dial(nil)
		go func() {
			_, _, err := conn.Read(context.Background())
			left <- err
		}()
	}
	began, ended := time.Now(), make(chan struct{})
	go func() { defer close(ended); a.stop() }()
	for i := range clients {
		if err := <-left; websocket.CloseStatus(err) != 1001 {
			t.Errorf("client %d: got %v, want 1001", i, err)
		}
		// Each has an eighth of 7 seconds; on a busy machine it goes later, never sooner.
		if took, turn := time.Since(began), time.Duration(i)*7*time.Second/clients; took < turn-200*time.Millisecond || took > drain {
			t.Errorf("client %d went after %v, want about %v", i, took, turn)
		}
		eventually(t, "told of a client that has gone", func() bool { return len(f.seen("DISCONNECT")) > i })
		if i == 0 && time.Since(began) > drain/2 {
			t.Errorf("the first client was told of as gone after %v, want at once", time.Since(began))
		}
	}
	<-ended
}
