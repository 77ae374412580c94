package wsapi

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/resource"
)

// blocking is a backend that answers a message when the test says so.
type blocking struct{ release map[string]chan struct{} }

func (b *blocking) answer(q *integration.Request) (*integration.Reply, error) {
	<-b.release[string(q.Body)]
	return &integration.Reply{Status: 200, Body: q.Body}, nil
}

// received is what the only connection has taken off its socket, in bytes.
func (r *rig) received() (total uint64) {
	r.registry.Range(func(c *connection.Connection) bool {
		total = c.Sender.Traffic().BytesIn
		return true
	})
	return total
}

func TestMessagesOfOneConnectionRunSideBySide(t *testing.T) {
	b := &blocking{map[string]chan struct{}{}}
	var messages []string
	for i := range 8 {
		m := fmt.Sprintf(`{"action":"ask","number":%d}`, i)
		messages, b.release[m] = append(messages, m), make(chan struct{})
	}
	r := newRig(t, socketApi(kinds["HTTP_PROXY"], nil), func(c *Config) { c.InFlight = 3 })
	r.backend = b.answer
	conn := r.dial()
	for _, m := range messages {
		r.send(conn, m)
	}
	underWay := map[string]bool{}
	for range 3 {
		underWay[string(r.call().Body)] = true
	}
	for i, m := range messages {
		if underWay[m] != (i < 3) {
			t.Errorf("message %d: under way %v, want the first three side by side", i, underWay[m])
		}
	}
	// One ends, whichever; its reply overtakes those of the others. The next one
	// is read, and no more than that one.
	close(b.release[messages[2]])
	_, frame := r.read(conn)
	wants(t, "the first reply", frame, messages[2])
	wants(t, "the next call", string(r.call().Body), messages[3])
	if got, want := r.received(), uint64(4*len(messages[0])); got != want {
		t.Errorf("read off the socket: got %d bytes, want %d: the next is not read while three are under way", got, want)
	}
	for i, m := range messages {
		if i != 2 {
			close(b.release[m])
		}
	}
	rest := map[string]bool{}
	for range 7 {
		_, frame := r.read(conn)
		rest[frame] = true
	}
	if len(rest) != 7 {
		t.Errorf("replies: got %v, want each message's own", rest)
	}
}

// A mock waits for nothing, so it passes those that wait.
func TestMocksPassThoseThatWait(t *testing.T) {
	release := make(chan struct{})
	s := socketApi(kinds["HTTP_PROXY"], nil)
	mock := kinds["MOCK"]
	mock.IntegrationId = "i2"
	s.Integrations = append(s.Integrations, mock)
	s.IntegrationResponses["i2"] = always("quick")
	s.Routes = append(s.Routes, resource.Route{RouteId: "m", RouteKey: "mock", Target: "integrations/i2"})
	s.RouteResponses["m"] = []resource.RouteResponse{{RouteResponseKey: "$default"}}
	r := newRig(t, s)
	r.backend = func(q *integration.Request) (*integration.Reply, error) {
		if strings.Contains(string(q.Body), "statusCode") {
			return &integration.Reply{Status: 200}, nil
		}
		<-release
		return &integration.Reply{Status: 200, Body: []byte("slow")}, nil
	}
	conn := r.dial()
	r.send(conn, `{"action":"ask"}`)
	wants(t, "first", r.ask(conn, `{"action":"mock"}`), "quick")
	close(release)
	_, frame := r.read(conn)
	wants(t, "second", frame, "slow")
}

// What is under way when the plane closes gets its time.
func TestCloseWaitsForMessagesUnderWay(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	r := newRig(t, socketApi(kinds["HTTP"], nil, "quiet"))
	r.backend = func(*integration.Request) (*integration.Reply, error) {
		close(entered)
		<-release
		return &integration.Reply{Status: 200}, nil
	}
	r.send(r.dial(), `{"action":"quiet"}`)
	<-r.ended // $connect
	<-entered
	closed := make(chan struct{})
	go func() { r.Close(context.Background()); close(closed) }()
	close(release)
	<-closed
	if x := r.exchange(); x.RouteKey != "quiet" || x.Status != 200 {
		t.Errorf("got %s %d, want the message's end before the plane's", x.RouteKey, x.Status)
	}
	if _, response, err := r.try("", nil); err == nil || response == nil || response.StatusCode != 503 {
		t.Errorf("a client of a closed plane: got %v %v, want 503", response, err)
	}
}
