package wsapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// told is what a call of @connections was answered.
type answered struct {
	status int
	kind   string // x-amzn-errortype
	body   string
}

func (r *rig) post(method, path, body string) answered {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.address+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return answered{response.StatusCode, response.Header.Get("X-Amzn-Errortype"), string(text)}
}

// id is that of the only connection. A client may read its 101 a moment before the
// connection exists, so this waits for it.
func (r *rig) id() (id string) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if r.registry.Range(func(c *connection.Connection) bool { id = c.ID; return false }); id != "" {
			return id
		}
	}
	r.t.Fatal("no connection came to exist within 10 s")
	return ""
}

func TestManageConnections(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"))
	conn := r.dial()
	id := r.id()
	at := byPath + "/@connections/"
	for _, row := range []struct {
		name, method, path, body string
		want                     answered
	}{
		{"POST", "POST", at + id, "hello", answered{200, "", ""}},
		{"POST escaped", "POST", byPath + "/%40connections/" + url.QueryEscape(id), "hello", answered{200, "", ""}},
		{"POST of a client whose endpoint ends in a slash", "POST", byPath + "//%40connections/" + url.QueryEscape(id), "hello", answered{200, "", ""}},
		{"POST over 128 KB", "POST", at + id, strings.Repeat("x", 128<<10+1), answered{413, "PayloadTooLargeException", `{"message":"Message too long"}`}},
		{"PUT", "PUT", at + id, "", answered{403, "ForbiddenException", `{"message":"Forbidden"}`}},
		{"without a stage", "POST", "/_aws/execute-api/a1/@connections/" + id, "", answered{403, "ForbiddenException", `{"message":"Forbidden"}`}},
		{"unknown stage", "POST", "/_aws/execute-api/a1/dev/@connections/" + id, "", answered{403, "ForbiddenException", `{"message":"Forbidden"}`}},
		{"unknown id", "GET", at + "AAAAAAAAAAAAAAA=", "", answered{410, "GoneException", ""}},
		{"malformed id", "DELETE", at + "a/b", "", answered{410, "GoneException", ""}},
		{"no id", "POST", at, "", answered{410, "GoneException", ""}},
	} {
		if diff := cmp.Diff(row.want, r.post(row.method, row.path, row.body), cmp.AllowUnexported(answered{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
	for range 3 {
		if kind, frame := r.read(conn); kind != websocket.MessageText || frame != "hello" {
			t.Errorf("frame: got %v %q, want the text hello", kind, frame)
		}
	}
	r.post("POST", at+id, string(binary))
	if kind, frame := r.read(conn); kind != websocket.MessageBinary || frame != string(binary) {
		t.Errorf("bytes: got %v %q, want a binary message", kind, frame)
	}
	got := r.post("GET", at+id, "")
	var info struct {
		ConnectedAt, LastActiveAt time.Time
		Identity                  struct{ SourceIp, UserAgent string }
	}
	if err := json.Unmarshal([]byte(got.body), &info); err != nil || got.status != 200 {
		t.Fatalf("GET: got %+v (%v)", got, err)
	}
	if info.ConnectedAt.IsZero() || info.LastActiveAt.Before(info.ConnectedAt) || info.Identity.SourceIp != "127.0.0.1" || info.Identity.UserAgent == "" {
		t.Errorf("GET: got %s", got.body)
	}
}

// DELETE closes with 1000, and $disconnect runs with AWS's reason.
func TestDeleteConnectionRunsDisconnect(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"))
	conn := r.dial()
	path := byPath + "/@connections/" + r.id()
	if got := r.post("DELETE", path, ""); got.status != 204 || got.body != "" {
		t.Errorf("DELETE: got %+v, want 204", got)
	}
	if got := r.post("DELETE", path, ""); got.status != 410 {
		t.Errorf("DELETE again: got %+v, want 410", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1000 {
		t.Errorf("the client read %v, want 1000", err)
	}
	if event := string(r.call().Body); !strings.Contains(event, `"disconnectStatusCode":1000`) || !strings.Contains(event, `"disconnectReason":"Connection Closed Normally"`) {
		t.Errorf("event: got %s", event)
	}
}

// How $disconnect learns of other ends.
func TestDisconnectReasons(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(*rig, *websocket.Conn)
		code string
		say  string
	}{
		{"client's code and reason", func(_ *rig, c *websocket.Conn) { _ = c.Close(4001, "enough") }, "4001", "enough"},
		{"client's code alone", func(_ *rig, c *websocket.Conn) { _ = c.Close(1001, "") }, "1001", ""},
		{"no code", func(_ *rig, c *websocket.Conn) { _ = c.Close(websocket.StatusNoStatusRcvd, "") }, "1005", "Client-side close frame status not set"},
		{"the line broke", func(_ *rig, c *websocket.Conn) { _ = c.CloseNow() }, "1006", ""},
		{"binary message", func(r *rig, c *websocket.Conn) {
			_ = c.Write(r.t.Context(), websocket.MessageBinary, []byte("x"))
		}, "1003", "Binary messages are not supported"},
		{"idle", func(*rig, *websocket.Conn) {}, "1001", "Going away"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"), func(c *Config) {
				if row.name == "idle" {
					c.Upgrader = socket.NewUpgrader(socket.Limits{Idle: time.Millisecond, CloseTimeout: time.Millisecond}, socket.Compression{})
				}
			})
			row.end(r, r.dial())
			event := string(r.call().Body)
			if !strings.Contains(event, `"disconnectStatusCode":`+row.code+",") || !strings.Contains(event, `"disconnectReason":"`+row.say+`"`) {
				t.Errorf("event: got %s, want %s %q", event, row.code, row.say)
			}
			for len(r.ended) > 0 {
				if x := <-r.ended; x.Event == "DISCONNECT" && (x.RouteKey != "$disconnect" || x.Error.Message != "") {
					t.Errorf("exchange: got %+v", x)
				}
			}
		})
	}
}

// A $disconnect that fails concerns nobody but the log.
func TestDisconnectFails(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"))
	r.backend = func(*integration.Request) (*integration.Reply, error) {
		return nil, message.Fail(message.ErrUnreachable, errors.New("no function"))
	}
	_ = r.dial().Close(1000, "")
	x := r.exchange()
	if x.Event == "CONNECT" { // which of the two ends first is open
		x = r.exchange()
	}
	if x.Event != "DISCONNECT" || x.Status != 502 || x.Integration.Error != "Network error communicating with endpoint" {
		t.Errorf("exchange: got %s %d %q", x.Event, x.Status, x.Integration.Error)
	}
	if !strings.Contains(r.log.String(), "no function") {
		t.Errorf("log: got %s", r.log.String())
	}
}

// guards is a guard of @connections.
type guards func() (admission.Claim, error)

func (g guards) Head(_ *http.Request, _ *peer.Client, stage *plan.Stage) (admission.Claim, error) {
	if stage == nil || stage.Name != "prod" {
		return nil, errors.New("it is told of another stage")
	}
	return g()
}

// judged is the claim of a caller who is judged by the body.
type judged struct {
	admission.Anybody
	prove func(body []byte) error
}

func (*judged) Proven() bool { return false }

func (j *judged) Prove(body []byte) error { return j.prove(body) }

// The guard of @connections has the last word, in its own words.
func TestManageGuard(t *testing.T) {
	for _, row := range []struct {
		err  error
		want answered
	}{
		{fault.New(fault.Forbidden, "Forbidden"), answered{403, "ForbiddenException", `{"message":"Forbidden"}`}},
		{fault.New(fault.InvalidSignature, "POST&<\n>"), answered{403, "InvalidSignatureException", `{"message":"POST&<\n>"}`}},
		{errors.New("secret"), answered{500, "InternalServerErrorException", `{"message":"Internal Server Error"}`}},
		{nil, answered{200, "", ""}},
	} {
		var seen string
		r := newRig(t, socketApi(kinds["AWS_PROXY"], nil), func(c *Config) {
			c.Guard = guards(func() (admission.Claim, error) {
				return &judged{prove: func(body []byte) error { seen = string(body); return row.err }}, nil
			})
		})
		r.dial()
		got := r.post("POST", byPath+"/@connections/"+r.id(), "data")
		if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(answered{})); diff != "" {
			t.Errorf("%v (-want +got):\n%s", row.err, diff)
		}
		wants(t, "what the guard judges", seen, "data")
	}
}

// A client that takes nothing is the backend's 429.
func TestFullOutbox(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil), func(c *Config) {
		c.Upgrader = socket.NewUpgrader(socket.Limits{OutboxMessages: 1, OutboxBytes: 1, CloseTimeout: time.Millisecond}, socket.Compression{Disabled: true})
	})
	r.dial() // and never reads
	path := byPath + "/@connections/" + r.id()
	for range 10_000 {
		switch got := r.post("POST", path, strings.Repeat("x", 100<<10)); got.status {
		case 200:
		case 429:
			wants(t, "exception", got.kind, "LimitExceededException")
			return
		default:
			t.Fatalf("got %+v", got)
		}
	}
	t.Error("ten thousand messages were taken for a client that reads none")
}

// Stages that are served no more send their clients away.
func TestRetire(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"))
	conn := r.dial()
	r.Retire("a1", "dev", nil)
	r.Retire("b2", "prod", nil)
	r.backend = answers(200, `{"body":"still here"}`)
	wants(t, "after others were retired", r.ask(conn, `{"action":"ask"}`), "still here")
	for len(r.calls) > 0 {
		<-r.calls
	}
	last := r.api.Load().Stages["prod"]
	r.deploy(nil)
	r.Retire("a1", "prod", last)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
		t.Errorf("got %v, want 1001", err)
	}
	// By what was deployed last, for nothing is any more.
	if event := string(r.call().Body); !strings.Contains(event, `"routeKey":"$disconnect"`) || !strings.Contains(event, `"disconnectStatusCode":1001,`) {
		t.Errorf("$disconnect: got %s", event)
	}
}

// A stage that goes while $connect is asked has sent its clients away before this one is there.
func TestRetireDuringConnect(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$connect", "$disconnect"))
	last := r.api.Load().Stages["prod"]
	r.backend = func(q *integration.Request) (*integration.Reply, error) {
		if strings.Contains(string(q.Body), `"routeKey":"$connect"`) {
			r.deploy(nil)
			r.Retire("a1", "prod", last)
		}
		return answers(200, "{}")(q)
	}
	conn := r.dial()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
		t.Errorf("got %v, want 1001", err)
	}
	r.call()
	if event := string(r.call().Body); !strings.Contains(event, `"routeKey":"$disconnect"`) || !strings.Contains(event, `"disconnectStatusCode":1001,`) {
		t.Errorf("$disconnect: got %s", event)
	}
}

// A $disconnect whose backend fails is tried a second time, and no more.
func TestDisconnectIsTriedAgain(t *testing.T) {
	for _, row := range []struct {
		name                          string
		bad                           int32 // calls that fail
		fault                         error
		calls                         int32
		ran, retried, failed, dropped uint64
	}{
		{"it works", 0, message.ErrUnreachable, 1, 1, 0, 0, 0},
		{"the backend was away", 1, message.ErrUnreachable, 2, 1, 1, 0, 0},
		{"it stays away", 9, message.ErrUnreachable, 2, 1, 1, 1, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"))
			var calls atomic.Int32
			r.backend = func(*integration.Request) (*integration.Reply, error) {
				if calls.Add(1) <= row.bad {
					return nil, message.Fail(row.fault, errors.New("away"))
				}
				return answers(200, "{}")(nil)
			}
			_ = r.dial().Close(1000, "")
			var ran, retried, failed, dropped uint64
			for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				ran, retried, failed, dropped = r.Disconnects()
				if calls.Load() >= row.calls && ran == row.ran && failed == row.failed && r.partings.waiting.Load() == 0 {
					break
				}
			}
			if calls.Load() != row.calls || ran != row.ran || retried != row.retried || failed != row.failed || dropped != row.dropped {
				t.Errorf("%d calls, %d ran, %d again, %d failed, %d dropped; want %+v", calls.Load(), ran, retried, failed, dropped, row)
			}
		})
	}
}

// A gateway that ends tries a $disconnect that has failed again at once.
func TestDisconnectIsTriedAgainAtTheEnd(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"))
	r.partings.again = time.Hour
	var calls atomic.Int32
	r.backend = func(*integration.Request) (*integration.Reply, error) {
		if calls.Add(1) == 1 {
			return nil, message.Fail(message.ErrUnreachable, errors.New("away"))
		}
		return answers(200, "{}")(nil)
	}
	r.dial()
	r.id()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r.Close(ctx)
	if ran, retried, failed, dropped := r.Disconnects(); calls.Load() != 2 || ran != 1 || retried != 1 || failed+dropped != 0 {
		t.Errorf("%d calls, %d ran, %d again, %d failed, %d dropped; want one that is tried again", calls.Load(), ran, retried, failed, dropped)
	}
}

// A client that asks and does not read is sent away once its outbox is full, and its
// $disconnect says why; nobody else waits for it, and those who would send it something by
// a call are told at once.
func TestAnswersNeedRoom(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil, "$disconnect"))
	parted := make(chan string, 10)
	r.backend = func(q *integration.Request) (*integration.Reply, error) {
		if strings.Contains(string(q.Body), `"routeKey":"$disconnect"`) {
			parted <- string(q.Body)
		}
		if strings.Contains(string(q.Body), `flood`) {
			return answers(200, `{"body":"`+strings.Repeat("x", 100<<10)+`"}`)(q)
		}
		return answers(200, `{"body":"hello"}`)(q)
	}
	stalled := r.dial()
	id := r.id()
	other := r.dial()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	asking := make(chan struct{})
	go func() {
		defer close(asking)
		for range 2000 {
			if stalled.Write(ctx, websocket.MessageText, []byte(`{"action":"ask","data":"flood"}`)) != nil {
				return
			}
		}
	}()
	full := false
	for event := ""; event == ""; {
		select {
		case event = <-parted:
			if !strings.Contains(event, `"disconnectStatusCode":1008,`) || !strings.Contains(event, `"disconnectReason":"outbox full"`) {
				t.Errorf("$disconnect: got %s", event)
			}
		case <-ctx.Done():
			t.Fatal("a client that reads nothing stays")
		default:
			began := time.Now()
			wants(t, "another client", r.ask(other, `{"action":"ask"}`), "hello")
			got := r.post("POST", byPath+"/@connections/"+id, "x")
			full = full || got.status == 429 && got.kind == "LimitExceededException"
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("others waited for %v", took)
			}
		}
	}
	if !full {
		t.Error("no call was told that the client takes its messages too slowly")
	}
	stalled.CloseNow()
	<-asking
}

// A connection belongs to one stage: others of the same API do not reach it.
func TestConnectionsOfOtherStages(t *testing.T) {
	r := newRig(t, socketApi(kinds["AWS_PROXY"], nil))
	r.dial()
	both := *r.api.Load()
	both.Stages = map[string]*serving.Stage{"prod": both.Stages["prod"], "dev": {Stage: plan.Compile(plan.Input{
		Stage: &resource.Stage{StageName: "dev"}, Snapshot: &resource.Snapshot{Api: resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket}},
	}, nil)}}
	r.api.Store(&both)
	if got := r.post("POST", "/_aws/execute-api/a1/dev/@connections/"+r.id(), "x"); got.status != 410 {
		t.Errorf("through another stage: got %+v, want 410", got)
	}
}
