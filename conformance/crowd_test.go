package conformance

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// few is a gateway in a process that may open so many files.
func few(t *testing.T, files int, flags ...string) (*gateway, *process) {
	t.Helper()
	shell := tool(t, "bash", "-c", "true")
	cmd := exec.CommandContext(t.Context(), shell, append([]string{"-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, files), os.Args[0],
		"serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", t.TempDir()}, flags...)...)
	cmd.Env = append(os.Environ(), asMain+"=1")
	p, err := run(t, cmd)
	must(t, err)
	return p.gateway(t), p
}

// silent opens connections that say nothing, until the test ends.
func silent(t *testing.T, address string, n int) []net.Conn {
	t.Helper()
	all := make([]net.Conn, n)
	for i := range all {
		c, err := net.DialTimeout("tcp", address, 20*time.Second)
		must(t, err)
		t.Cleanup(func() { c.Close() })
		all[i] = c
	}
	return all
}

// healthy holds a gateway to its health and its management API, each on a fresh
// connection.
func (g *gateway) healthy(t *testing.T) {
	t.Helper()
	fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	for _, path := range []string{"/healthz", "/readyz", "/v2/apis"} {
		answer, err := fresh.Get("http://" + g.ManagementAddr() + path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Errorf("%s: got %d", path, answer.StatusCode)
		}
	}
}

// A hundred and twenty clients that say nothing, in a process of 64 files, shut off
// neither the management listener nor backends. Others are told that there is no
// room, the log and the metrics tell it too, and when the silent ones have had
// their time they make room.
func TestSilentClientsShutNobodyOff(t *testing.T) {
	for _, front := range []string{"own", "net/http"} {
		t.Run(front, func(t *testing.T) {
			t.Parallel()
			silentClients(t, front)
		})
	}
}

func silentClients(t *testing.T, front string) {
	g, p := few(t, 64, "--front", front)
	a := g.webApi()
	a.route("GET /x", a.integrate(proxyTo(backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") }))))
	a.deploy("$default")
	if got := a.call("GET", "/x", ""); got.StatusCode != 200 {
		t.Fatalf("got %d %s", got.StatusCode, got.body)
	}
	a.client.CloseIdleConnections()
	silent(t, p.data, 120)
	g.healthy(t)
	eventually(t, "clients are refused", func() bool { return g.metric("dragoman_connections_refused_total", "listener=data") > 50 })
	most := g.metric("dragoman_client_connections_max")
	if most < 10 || most > 56 {
		t.Errorf("%v clients may be connected", most)
	}
	// They have been silent for long enough soon, and are not let have it again.
	eventually(t, "somebody who speaks is served", func() bool {
		answer, err := a.client.Do(a.request("GET", "/x", ""))
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		if body, _ := io.ReadAll(answer.Body); answer.StatusCode == 503 && string(body) != `{"message":"Service Unavailable"}` {
			t.Errorf("got %s with 503", body)
		}
		return answer.StatusCode == 200
	})
	g.healthy(t)
	if log := p.log.String(); strings.Count(log, "connections are refused") == 0 {
		t.Errorf("the log tells nothing: %s", log)
	}
	g.stop()
}

// Silent clients of the management listener do not keep others from it for long.
func TestSilentManagersMakeRoom(t *testing.T) {
	t.Parallel()
	g, p := few(t, 64)
	silent(t, p.management, 120)
	eventually(t, "the health is told", func() bool {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}).Get("http://" + p.management + "/healthz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == 200
	})
	g.stop()
}

// Clients whose backends are slow take descriptors twice. They do not take those of
// the management listener, and none is refused for good.
func TestBusyBackendsShutNobodyOff(t *testing.T) {
	t.Parallel()
	g, p := few(t, 64)
	leave := make(chan struct{})
	release := sync.OnceFunc(func() { close(leave) })
	defer release()
	entered := make(chan struct{}, 100)
	at := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		_, _ = io.WriteString(w, "served")
	})
	a := g.webApi()
	a.route("GET /x", a.integrate(proxyTo(at)))
	a.deploy("$default")
	var clients sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	served := make(chan struct{}) // enough of them
	ask := func() int {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(a.request("GET", "/x", ""))
		if err != nil {
			return 0
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	for range 80 {
		clients.Go(func() {
			// Clients that all come before the first call may leave too few descriptors for
			// ten calls. Whoever is refused then makes room and asks again, as clients do.
			status := ask()
			for ; status == 503; status = ask() {
				select {
				case <-served:
				case <-time.After(20 * time.Millisecond):
					continue
				}
				break
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	for i := range 10 {
		select {
		case <-entered:
		case <-time.After(time.Minute):
			t.Fatalf("%d calls reach the backend, want 10", i)
		}
	}
	close(served)
	g.healthy(t)
	release()
	clients.Wait()
	if statuses[200] < 10 || statuses[200]+statuses[503]+statuses[0] != 80 {
		t.Errorf("got %v, want some served and the others refused", statuses)
	}
	g.healthy(t)
	if errors := g.metric("dragoman_accept_errors_total", "listener=management"); errors != 0 {
		t.Errorf("%v accepts failed: the reserve was not kept", errors)
	}
	if got := a.call("GET", "/x", ""); got.StatusCode != 200 || got.body != "served" {
		t.Errorf("afterwards: got %d %s", got.StatusCode, got.body)
	}
	_ = p
	g.stop()
}

// The soft limit of open files is raised to the hard one.
func TestOpenFilesAreRaised(t *testing.T) {
	shell := tool(t, "bash", "-c", "ulimit -Sn 64 && [ $(ulimit -Hn) -gt 1000 ]")
	cmd := exec.CommandContext(t.Context(), shell, "-c", `ulimit -Sn 64 && exec "$0" "$@"`, os.Args[0],
		"serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "")
	cmd.Env = append(os.Environ(), asMain+"=1")
	p, err := run(t, cmd)
	must(t, err)
	if most := p.gateway(t).metric("dragoman_client_connections_max"); most < 500 {
		t.Errorf("%v clients may be connected", most)
	}
}

// Beyond what the limit of open files has room for, handshakes are answered 503; those who are
// there are served, and there is room again when somebody has left.
func TestHandshakesBeyondTheOpenFiles(t *testing.T) {
	t.Parallel()
	g, _ := few(t, 128, "--max-connections", "100000")
	a := g.socketApi(mock(), mockReply("here"))
	var clients []*websocket.Conn
	for {
		c, answer, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil)
		if err == nil {
			t.Cleanup(func() { _ = c.CloseNow() })
			if clients = append(clients, c); len(clients) == 128 {
				t.Fatal("as many clients as files may be open were let in")
			}
			continue
		}
		if answer == nil || answer.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("client %d: got %v %v, want 503", len(clients)+1, answer, err)
		}
		break
	}
	if len(clients) < 10 {
		t.Fatalf("only %d clients were let in", len(clients))
	}
	for _, c := range clients {
		if got := a.ask(c, `{"action":"ask"}`); got != "here" {
			t.Fatalf("one who is there: got %s", got)
		}
	}
	must(t, clients[0].Close(websocket.StatusNormalClosure, ""))
	eventually(t, "there is room again", func() bool {
		c, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil)
		if err == nil {
			t.Cleanup(func() { _ = c.CloseNow() })
		}
		return err == nil
	})
}

// Beyond --max-connections a handshake is answered 503 at once, and taken as soon
// as somebody has left. The listener with TLS counts the same clients.
func TestMaxConnections(t *testing.T) {
	t.Parallel()
	a := start(t, withTLS(t), func(c *server.Config) { c.MaxConnections = 3 }).socketApi(mock(), mockReply("here"))
	clients := []*websocket.Conn{a.dial(nil), a.dial(nil), a.dial(nil)}
	for _, c := range clients {
		if got := a.ask(c, `{"action":"ask"}`); got != "here" {
			t.Fatalf("got %s", got)
		}
	}
	_, answer, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil)
	if err == nil || answer == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one too many: got %v %v, want 503", answer, err)
	}
	secure, err := net.Dial("tcp", a.SecureAddr())
	must(t, err)
	defer secure.Close()
	must(t, secure.SetDeadline(time.Now().Add(20*time.Second)))
	if n, err := secure.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("one too many with TLS: got %d bytes and %v, want an end", n, err)
	}
	must(t, clients[0].Close(websocket.StatusNormalClosure, ""))
	eventually(t, "there is room again", func() bool {
		c, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil)
		if err == nil {
			t.Cleanup(func() { _ = c.CloseNow() })
		}
		return err == nil
	})
	if got := a.ask(clients[1], `{"action":"ask"}`); got != "here" {
		t.Errorf("those who are there: got %s", got)
	}
	if open, refused := a.metric("dragoman_client_connections"), a.metric("dragoman_connections_refused_total", "listener=data"); open != 3 || refused < 1 {
		t.Errorf("got %v open and %v refused", open, refused)
	}
	if refused := a.metric("dragoman_connections_refused_total", "listener=tls"); refused != 1 {
		t.Errorf("got %v refused with TLS, want 1", refused)
	}
}

// flood sends n bodies of size bytes side by side and counts what became of them.
func (a *webApi) flood(n int, size int64, path string) map[int]int {
	a.t.Helper()
	var clients sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range n {
		clients.Go(func() {
			r := a.request("POST", path, "x")
			r.Body, r.ContentLength = io.NopCloser(zeros(size)), size
			answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
			mu.Lock()
			defer mu.Unlock()
			if err != nil { // the connection was closed while it sent
				statuses[0]++
				return
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if answer.StatusCode == 503 && string(body) != `{"message":"Service Unavailable"}` {
				a.t.Errorf("got %s with 503", body)
			}
			statuses[answer.StatusCode]++
		})
	}
	clients.Wait()
	return statuses
}

// slowly is a function that takes its time, so that bodies meet.
func slowly(t *testing.T) *webFunctions {
	return newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": func([]byte) (string, bool) {
		time.Sleep(200 * time.Millisecond)
		return `"served"`, false
	}})
}

// Forty bodies at once to an open route of a function take no more memory than
// bodies may; some are served, the others hear 503, and then there is room again.
func TestBodiesUnderWayAreBounded(t *testing.T) {
	for _, row := range []struct {
		name        string
		size        int64
		environment string
		flags       []string
	}{
		{"as much as functions take", 4 << 20, "", []string{"--max-bodies", strconv.Itoa(64 << 20)}},
		{"a quarter of what Go may have", 4 << 20, "GOMEMLIMIT=256MiB", nil},
		{"more than functions take", 10 << 20, "", []string{"--max-bodies", strconv.Itoa(64 << 20)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := slowly(t)
			cmd := binary(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--function", "talk=" + f.url}, row.flags...)...)
			if row.environment != "" {
				cmd.Env = append(cmd.Env, row.environment)
			}
			p, err := run(t, cmd)
			must(t, err)
			g := p.gateway(t)
			a := g.webApi()
			a.route("POST /x", a.integrate(invoking("2.0")))
			a.deploy("$default")
			if got := a.call("POST", "/x", "hello"); got.StatusCode != 200 {
				t.Fatalf("got %d %s", got.StatusCode, got.body)
			}
			if most := g.metric("dragoman_bodies_max_bytes"); most != 64<<20 {
				t.Errorf("%v bytes of bodies may be held, want 64 MiB", most)
			}
			idle := p.peak(t)
			statuses := a.flood(40, row.size, "/x")
			if row.size > 6<<20 {
				if statuses[413] == 0 || statuses[413]+statuses[0] != 40 {
					t.Errorf("got %v, want that all are too large", statuses)
				}
			} else if statuses[200] == 0 || statuses[503] == 0 || statuses[200]+statuses[503]+statuses[0] != 40 {
				t.Errorf("got %v, want some served and the others refused", statuses)
			}
			// Bodies twice, for what the collector has not seen yet, and the function's side.
			if took := p.peak(t) - idle; took > 192<<20 {
				t.Errorf("the process took %d MB more", took>>20)
			} else {
				t.Logf("%v, %d MB above %d", statuses, took>>20, idle>>20)
			}
			eventually(t, "everything is given back", func() bool { return g.metric("dragoman_bodies_bytes") == 0 })
			if got := a.call("POST", "/x", "hello"); got.StatusCode != 200 {
				t.Errorf("afterwards: got %d %s", got.StatusCode, got.body)
			}
			if row.size < 6<<20 && (g.metric("dragoman_bodies_refused_total") == 0 || !strings.Contains(p.log.String(), "bodies are refused")) {
				t.Error("neither metrics nor the log tell of it")
			}
			g.stop()
		})
	}
}

// The answers of backends count as bodies do: those of functions, and those that a
// mapping reads.
func TestAnswersUnderWayAreBounded(t *testing.T) {
	t.Parallel()
	large := `"` + strings.Repeat("x", 3<<20) + `"`
	// Answers keep their last byte back until one was refused, so that they are under
	// way together however fast the machine is.
	var gate atomic.Pointer[chan struct{}]
	held := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, large[:len(large)-1])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-*gate.Load():
			_, _ = io.WriteString(w, large[len(large)-1:])
		case <-r.Context().Done():
		}
	})
	a := start(t, func(c *server.Config) { c.Functions, c.MaxBodies = map[string]string{"talk": held}, 32<<20 }).webApi()
	a.route("POST /x", a.integrate(invoking("2.0")))
	mapped := proxyTo(held)
	mapped.ResponseParameters = map[string]map[string]string{"200": {"overwrite:header.x-first": "$response.body.none"}}
	a.route("POST /y", a.integrate(mapped))
	a.deploy("$default")
	for _, path := range []string{"/x", "/y"} {
		opened := make(chan struct{})
		open := sync.OnceFunc(func() { close(opened) })
		t.Cleanup(open)
		gate.Store(&opened)
		before := a.metric("dragoman_bodies_refused_total")
		flooded := make(chan map[int]int, 1)
		go func() { flooded <- a.flood(40, 10, path) }()
		eventually(t, "an answer is refused", func() bool { return a.metric("dragoman_bodies_refused_total") > before })
		open()
		statuses := <-flooded
		if statuses[200] == 0 || statuses[503] == 0 || statuses[200]+statuses[503] != 40 {
			t.Errorf("%s: got %v, want some served and the others refused", path, statuses)
		}
		eventually(t, "everything is given back", func() bool { return a.metric("dragoman_bodies_bytes") == 0 })
	}
}

// Bodies that are passed on as they come need no memory: no number of them is
// refused.
func TestStreamedBodiesNeedNoRoom(t *testing.T) {
	t.Parallel()
	a := start(t, func(c *server.Config) { c.MaxBodies = 1 << 20 }).webApi()
	a.route("POST /x", a.integrate(proxyTo(backend(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))))
	a.deploy("$default")
	if statuses := a.flood(20, 5<<20, "/x"); statuses[200] != 20 {
		t.Errorf("got %v, want all served", statuses)
	}
}

// What no function would be sent is refused by what is said of it.
func TestBodiesThatNoFunctionTakes(t *testing.T) {
	t.Parallel()
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`"served"`)})
	a := start(t, f.as).webApi()
	a.route("POST /x", a.integrate(invoking("2.0")))
	a.deploy("$default")
	c, err := net.Dial("tcp", a.DataAddr())
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(15*time.Second)))
	fmt.Fprintf(c, "POST /x HTTP/1.1\r\nHost: %s.execute-api.localhost\r\nContent-Length: %d\r\n\r\n", a.id, 7<<20)
	answer := make([]byte, 512)
	n, err := c.Read(answer)
	if err != nil || !bytes.HasPrefix(answer[:n], []byte("HTTP/1.1 413 ")) {
		t.Errorf("got %q %v, want 413 before the body", answer[:n], err)
	}
	// Control characters take six bytes each in an event.
	r := a.request("POST", "/x", strings.Repeat("\x01", 2<<20), "content-type", "text/plain")
	if got := a.do(r); got.StatusCode != 413 {
		t.Errorf("got %d, want 413 for a text that grows", got.StatusCode)
	}
	if got := a.do(a.request("POST", "/x", strings.Repeat("x", 5<<20), "content-type", "text/plain")); got.StatusCode != 200 {
		t.Errorf("got %d, want 200 for one that does not", got.StatusCode)
	}
}

// Messages share the memory of all clients: those that find none are answered with
// an error frame, and their sockets go on.
func TestMessagesUnderWayAreBounded(t *testing.T) {
	t.Parallel()
	leave := make(chan struct{})
	release := sync.OnceFunc(func() { close(leave) })
	defer release() // or the backend would wait for ever for what it was asked
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); len(body) > 1000 {
			<-leave
		}
		_, _ = io.WriteString(w, `"served"`)
	})
	a := start(t, func(c *server.Config) { c.MaxBodies, c.WebSocket.Frame = 2<<20, 128<<10 }).socketApi(httpTo(at), apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("$default")})
	large := `{"action":"ask","text":"` + strings.Repeat("x", 100<<10) + `"}`
	clients := make([]*websocket.Conn, 30)
	for i := range clients {
		clients[i] = a.dial(nil)
		must(t, clients[i].Write(t.Context(), websocket.MessageText, []byte(large)))
	}
	eventually(t, "messages are refused", func() bool { return a.metric("dragoman_bodies_refused_total") > 5 })
	time.AfterFunc(100*time.Millisecond, release)
	said := map[string]int{}
	for _, c := range clients {
		said[kind(read(t, c))]++
	}
	if said[`"served"`] == 0 || said["Service Unavailable"] == 0 || said[`"served"`]+said["Service Unavailable"] != len(clients) {
		t.Errorf("got %v, want some served and the others refused", said)
	}
	for _, c := range clients {
		if got := a.ask(c, `{"action":"ask"}`); got != `"served"` {
			t.Errorf("afterwards: got %s", got)
		}
	}
	eventually(t, "everything is given back", func() bool { return a.metric("dragoman_bodies_bytes") == 0 })
}

// kind is the message of an error frame, or the frame.
func kind(frame string) string {
	if rest, ok := strings.CutPrefix(frame, `{"message": "`); ok {
		message, _, _ := strings.Cut(rest, `"`)
		return message
	}
	return frame
}

// Clients that do not read what they are sent share the memory too.
func TestOutboxesAreBoundedTogether(t *testing.T) {
	t.Parallel()
	a := start(t, func(c *server.Config) { c.MaxBodies = 2 << 20 }).socketApi(mock(), mockReply("$context.connectionId"))
	data := strings.Repeat("x", 100<<10)
	fill := func(id string) { // until no more is taken for it
		for range 200 {
			got := newWebApi(a.gateway, a.id).call("POST", a.path()+"/@connections/"+id, data)
			if got.StatusCode == 429 || got.StatusCode == 503 {
				return
			}
			if got.StatusCode != 200 {
				t.Fatalf("got %d %s", got.StatusCode, got.body)
			}
		}
		t.Fatal("two hundred messages were taken for a client that reads none")
	}
	for range 4 {
		c := a.rawDial() // reads no frame but the next
		_, err := c.Write(maskedText(`{"action":"ask"}`))
		must(t, err)
		fill(c.frame())
	}
	if held, refused := a.metric("dragoman_bodies_bytes"), a.metric("dragoman_bodies_refused_total"); held > 2<<20 || refused == 0 {
		t.Errorf("%v bytes are held and %v were refused, want 2 MiB at most: each may have a megabyte by itself", held, refused)
	}
	if got := a.ask(a.dial(nil), `{"action":"ask"}`); len(got) < 10 {
		t.Errorf("who reads is told %q", got)
	}
}

// rawFrame is a masked frame; its mask changes nothing.
func rawFrame(first byte, payload string) []byte {
	b := []byte{first, 0x80 | byte(min(len(payload), 126))}
	if len(payload) >= 126 {
		b = append(b, byte(len(payload)>>8), byte(len(payload)))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// Pings, pongs and fragments that carry nothing come at a rate: whoever floods is
// closed with 1008, and a neighbour is served on.
func TestFloodsOfFramesThatCarryNothing(t *testing.T) {
	t.Parallel()
	a := start(t).socketApi(mock(), mockReply("here"))
	neighbour := a.dial(nil)
	for name, row := range map[string]struct{ first, again []byte }{
		"pings":           {nil, rawFrame(0x89, "x")},
		"pongs":           {nil, rawFrame(0x8a, "")},
		"empty fragments": {rawFrame(0x01, strings.Repeat("x", 20)), rawFrame(0x00, "")},
		"tiny fragments":  {rawFrame(0x01, strings.Repeat("x", 20)), rawFrame(0x00, "x")},
	} {
		c := a.rawDial()
		_, err := c.Write(row.first)
		must(t, err)
		go func() { // until the gateway has had enough
			for range 100 {
				if _, err := c.Write(bytes.Repeat(row.again, 100)); err != nil {
					return
				}
			}
		}()
		for pongs := 0; ; {
			var head [2]byte
			if _, err := io.ReadFull(c.from, head[:]); err != nil {
				t.Errorf("%s: got %v, want a close frame", name, err)
				break
			}
			payload := make([]byte, head[1])
			_, err := io.ReadFull(c.from, payload)
			must(t, err)
			if head[0] == 0x8a {
				if pongs++; pongs > 2000 {
					t.Errorf("%s: %d were answered", name, pongs)
					break
				}
				continue
			}
			if head[0] != 0x88 || len(payload) < 2 || int(payload[0])<<8|int(payload[1]) != 1008 {
				t.Errorf("%s: got a frame %x %q, want 1008", name, head[0], payload)
			}
			break
		}
		if got := a.ask(neighbour, `{"action":"ask"}`); got != "here" {
			t.Errorf("%s: the neighbour got %s", name, got)
		}
	}
}

// controlGroup is a group with a limit of memory, where this user may make one.
func controlGroup(t *testing.T, limit int64) (join string) {
	t.Helper()
	for _, row := range []struct{ parent, file string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"},
	} {
		if _, err := os.Stat(filepath.Join(row.parent, "cgroup.procs")); err != nil {
			continue
		}
		dir := filepath.Join(row.parent, fmt.Sprint("dragoman-test-", os.Getpid(), "-", time.Now().UnixNano()))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() {
			for range 200 { // the last process may still be ending
				if os.Remove(dir) == nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
		if os.WriteFile(filepath.Join(dir, row.file), []byte(strconv.FormatInt(limit, 10)), 0o644) == nil {
			return filepath.Join(dir, "cgroup.procs")
		}
	}
	t.Skip("this user may not make a control group with a limit of memory")
	return ""
}

// In a control group the memory for bodies is a quarter of the group's, Go collects
// at nine tenths of it, and a flood of bodies does not get the process killed.
func TestTheMemoryOfAControlGroup(t *testing.T) {
	const limit = 200 << 20
	join := controlGroup(t, limit)
	f := slowly(t)
	serve := func(environment ...string) (*gateway, *process) {
		cmd := exec.CommandContext(t.Context(), tool(t, "bash", "-c", "true"), "-c", `echo $$ > `+join+` && exec "$0" "$@"`, os.Args[0],
			"serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--function", "talk="+f.url)
		cmd.Env = append(append(os.Environ(), asMain+"=1"), environment...)
		p, err := run(t, cmd)
		must(t, err)
		return p.gateway(t), p
	}
	g, p := serve()
	if most, collects := g.metric("dragoman_bodies_max_bytes"), g.metric("go_gc_gomemlimit_bytes"); most != limit/4 || collects != limit/10*9 {
		t.Errorf("got %v bytes for bodies and a collector's limit of %v, want %d and %d", most, collects, limit/4, limit/10*9)
	}
	a := g.webApi()
	a.route("POST /x", a.integrate(invoking("2.0")))
	a.deploy("$default")
	if statuses := a.flood(100, 4<<20, "/x"); statuses[200] == 0 || statuses[503] == 0 {
		t.Errorf("got %v, want some served and others refused", statuses)
	}
	g.healthy(t)
	select {
	case <-p.exited:
		t.Fatalf("the process is gone: %s", p.log)
	default:
	}
	g.stop()

	own, _ := serve("GOMEMLIMIT=150MiB")
	if most, collects := own.metric("dragoman_bodies_max_bytes"), own.metric("go_gc_gomemlimit_bytes"); collects != 150<<20 || most != 150<<18 {
		t.Errorf("got %v bytes for bodies and a collector's limit of %v, want a quarter of the user's 150 MiB and that", most, collects)
	}
	own.stop()
}
