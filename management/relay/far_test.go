package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/fault"
)

// nodes are relays by their numbers. What they answer to some questions may be lost.
type nodes struct {
	mu    sync.Mutex
	all   map[uint32]*Relay
	lose  func(question) bool
	asked atomic.Int32 // for what is next
}

// seat is a node among them.
type seat struct {
	*nodes
	number uint32
}

func (s seat) Node() uint32 { return s.number }

func (s seat) Ask(ctx context.Context, node uint32, asked []byte) ([]byte, error) {
	s.mu.Lock()
	to := s.all[node]
	s.mu.Unlock()
	if to == nil {
		return nil, fault.New(fault.NotFound, "no such node")
	}
	var q question
	_ = json.Unmarshal(asked, &q)
	if q.Do == toNext {
		s.asked.Add(1)
	}
	answer := to.Answer(ctx, asked)
	if len(answer) > 512<<10 {
		return nil, fmt.Errorf("an answer of %d bytes", len(answer))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lose != nil && s.lose(q) {
		return nil, context.DeadlineExceeded
	}
	return answer, nil
}

// join makes nodes 1, 2 and 3, of which each gateway serves WebSockets by a function.
func join(t *testing.T, serve func(*websocket.Conn)) (n *nodes, first, second, third *Relay) {
	n = &nodes{all: map[uint32]*Relay{}}
	for i := range uint32(3) {
		r := newRelay(t, serve)
		r.options.Others, r.options.Message = seat{n, i + 1}, 128<<10
		n.all[i+1] = r
	}
	return n, n.all[1], n.all[2], n.all[3]
}

// echoLong is echo for the longest messages.
func echoLong(c *websocket.Conn) {
	c.SetReadLimit(128 << 10)
	echo(c)
}

// at is the session as a node sees it.
func (r *Relay) at(t *testing.T, s *Session) Client {
	t.Helper()
	c, err := r.Find(t.Context(), "k", s.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// read reads a client until it ends; what it was told comes by a channel.
func read(ctx context.Context, c Client) (told chan Event, ended chan error) {
	told, ended = make(chan Event, 1000), make(chan error, 1)
	go func() {
		ended <- c.Read(ctx, func(e *Event) error {
			if e == nil {
				e = &Event{Name: "beat", Time: time.Now()}
			}
			told <- *e
			return nil
		})
	}()
	return told, ended
}

func wants(t *testing.T, told chan Event, name, data string) {
	t.Helper()
	select {
	case e := <-told:
		if e.Name != name || e.Data != nil && *e.Data != data || e.Data == nil && data != "" {
			t.Fatalf("told %+v, want %s %.20s", e, name, data)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s was not told", name)
	}
}

// Whatever a session does, another node's callers do by it, and those of another key do not.
func TestASessionOfAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, first, second, third := join(t, echoLong)
		s := first.mustOpen(t)
		c := second.at(t, s)
		told, ended := read(t.Context(), c)
		wants(t, told, "open", "")
		// Control characters and bytes are the longest on their way.
		for _, text := range []string{"", "x", strings.Repeat("\x01", 128<<10), strings.Repeat("\xff", 128<<10)} {
			if err := third.at(t, s).Write(t.Context(), []byte(text), text != "" && text[0] == 0xff); err != nil {
				t.Fatal(err)
			}
			e := <-told
			if e.Name != "message" || e.Data == nil || e.Bytes != len(text) || !e.Base64 && *e.Data != text {
				t.Errorf("of %d bytes %d were told: %s", len(text), e.Bytes, e.Name)
			}
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		wants(t, told, "pong", "")
		for _, id := range []string{s.ID[:38-nodeDigits] + "000009", s.ID[:38-nodeDigits] + "000003", s.ID[:38-nodeDigits] + "zzzzzz", "x", ""} {
			if _, err := second.Find(t.Context(), "k", id); fault.KindOf(err) != fault.NotFound || err.Error() != errNoClient.Message {
				t.Errorf("%s: got %v", id, err)
			}
		}
		if _, err := second.Find(t.Context(), "other", s.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another key: got %v", err)
		}
		if err := third.at(t, s).Leave(t.Context(), 4001, "enough"); err != nil {
			t.Fatal(err)
		}
		if e := <-told; e.Name != "close" || e.Code != 4001 || e.Reason != "enough" || e.By != "client" {
			t.Errorf("the end was %+v", e)
		}
		if err := <-ended; err != nil {
			t.Errorf("reading ended with %v", err)
		}
		if err := c.Write(t.Context(), []byte("x"), false); fault.KindOf(err) != fault.NotFound {
			t.Errorf("after the end: %v", err)
		}
	})
}

// What is lost on its way is told once all the same, and beats come as they would.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, first, second, _ := join(t, echo)
		turn := 0
		n.lose = func(q question) bool {
			if q.Do == toNext {
				turn++
			}
			return q.Do == toNext && turn%2 == 1
		}
		s := first.mustOpen(t)
		told, _ := read(t.Context(), second.at(t, s))
		wants(t, told, "open", "")
		for i := range 20 {
			if err := s.Write(t.Context(), fmt.Append(nil, i), false); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			wants(t, told, "message", fmt.Sprint(i))
		}
		n.mu.Lock()
		n.lose = nil
		n.mu.Unlock()
		began := time.Now()
		for range 4 {
			wants(t, told, "beat", "")
		}
		if took := time.Since(began); took < 3*alive || took > 4*alive+wait {
			t.Errorf("4 beats took %v", took)
		}
		if asked := n.asked.Load(); asked > 100 {
			t.Errorf("%d questions in a minute of silence", asked)
		}
	})
}

// The reader that comes last reads, wherever each of them is, and is told what the one before
// may not have seen.
func TestTakeoverBetweenNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, first, second, third := join(t, echo)
		s := first.mustOpen(t)
		var before chan error
		for i, r := range []*Relay{second, third, first, second, second, first} {
			told, ended := read(t.Context(), r.at(t, s))
			if i == 0 {
				wants(t, told, "open", "")
			}
			synctest.Wait()
			if before != nil {
				if err := <-before; err != nil {
					t.Errorf("reader %d ended with %v", i-1, err)
				}
			}
			before = ended
			if err := s.Write(t.Context(), fmt.Append(nil, i), false); err != nil {
				t.Fatal(err)
			}
			wants(t, told, "message", fmt.Sprint(i))
			synctest.Wait() // or the next one might be told it too: that it was seen is said afterwards
		}
		for _, next := range []*Relay{third, first} {
			// No answer reaches the second node any more.
			ctx, leave := context.WithCancel(t.Context())
			_, ended := read(ctx, second.at(t, s))
			synctest.Wait()
			n.mu.Lock()
			n.lose = func(q question) bool { return q.Do == toNext }
			n.mu.Unlock()
			if err := s.Write(t.Context(), []byte("unseen"), false); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			leave()
			<-ended
			n.mu.Lock()
			n.lose = nil
			n.mu.Unlock()
			ctx, leave = context.WithCancel(t.Context())
			told, ended := read(ctx, next.at(t, s))
			wants(t, told, "message", "unseen")
			leave()
			<-ended
		}
	})
}

// A session whose reader at another node is gone ends as one without a reader: after Grace
// where that was said, and after another one where it was not.
func TestGraceOfAFarReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, first, second, _ := join(t, echo)
		for _, said := range []bool{true, false} {
			s := first.mustOpen(t)
			ctx, leave := context.WithCancel(t.Context())
			told, ended := read(ctx, second.at(t, s))
			wants(t, told, "open", "")
			time.Sleep(2 * time.Minute)
			if _, err := first.find("k", s.ID); err != nil {
				t.Fatal("it ended while it was read")
			}
			began := time.Now()
			n.mu.Lock()
			if !said {
				delete(n.all, 1)
			}
			n.mu.Unlock()
			leave()
			<-ended
			<-s.ctx.Done()
			most := Grace
			if !said {
				most += Grace
			}
			if took := time.Since(began); took > most+wait || took < most-wait {
				t.Errorf("it ended after %v, want %v", took, most)
			}
			n.mu.Lock()
			n.all[1] = first
			n.mu.Unlock()
		}
	})
}

// With its node a session ends: its readers hear of that, and whoever asks finds nothing.
func TestTheNodeOfASessionIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, first, second, third := join(t, echo)
		s := first.mustOpen(t)
		told, ended := read(t.Context(), second.at(t, s))
		wants(t, told, "open", "")
		c := third.at(t, s)
		n.mu.Lock()
		delete(n.all, 1)
		n.mu.Unlock()
		began := time.Now()
		if err := c.Write(t.Context(), []byte("x"), false); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a message: got %v", err)
		}
		if e := <-told; e.Name != "close" || e.Code != 1006 || e.By != "gateway" || time.Since(began) > 10*time.Second {
			t.Errorf("after %v: %+v", time.Since(began), e)
		}
		<-ended

		// A node that ends tells how its sessions do.
		s = second.mustOpen(t)
		told, ended = read(t.Context(), third.at(t, s))
		wants(t, told, "open", "")
		_ = second.Close()
		if e := <-told; e.Name != "close" {
			t.Errorf("as its node ends: %+v", e)
		}
		<-ended

		// The node of the reader ends, and nothing is said of an end that is none.
		s = third.mustOpen(t)
		n.mu.Lock()
		n.all[1] = first
		n.mu.Unlock()
		told, ended = read(t.Context(), first.at(t, s))
		wants(t, told, "open", "")
		first.Part()
		if err := <-ended; err != nil || len(told) > 0 {
			t.Errorf("reading ended with %v and %d events", err, len(told))
		}
	})
}

// What no node asks is not answered, and reaches nothing.
func TestMalformedQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, first, _, _ := join(t, echo)
		s := first.mustOpen(t)
		reader := random()
		good := map[string]any{"do": toNext, "id": s.ID, "key": "k", "reader": reader, "begins": true}
		ask := func(change map[string]any) []byte {
			q := maps.Clone(good)
			maps.Copy(q, change)
			text, _ := json.Marshal(q)
			return first.Answer(t.Context(), text)
		}
		for _, bad := range []map[string]any{
			{"do": "reset"}, {"do": ""}, {"do": 7}, {"seen": -1}, {"seen": 9}, {"seen": "x"}, {"reader": ""}, {"reader": strings.Repeat("a", 1000)},
			{"do": toLeave, "code": 99}, {"do": toLeave, "code": 5000}, {"do": toLeave, "code": 1000, "reason": strings.Repeat("a", 124)}, {"do": toWrite, "data": "%"},
		} {
			if got := ask(bad); got != nil {
				t.Errorf("%v: got %s", bad, got)
			}
		}
		for _, text := range []string{"", "x", "[]", `"`, "7"} {
			if got := first.Answer(t.Context(), []byte(text)); got != nil {
				t.Errorf("%s: got %s", text, got)
			}
		}
		if got := string(ask(map[string]any{"key": "other"})); !strings.Contains(got, "NotFoundException") {
			t.Errorf("another key: got %s", got)
		}
		if got := string(ask(map[string]any{"reader": random(), "begins": false})); !strings.Contains(got, `"over":true`) {
			t.Errorf("a reader that never began: got %s", got)
		}
		if got := string(ask(nil)); !strings.Contains(got, `"open"`) {
			t.Errorf("after all that the reader is told %s", got)
		}
	})
}

// What a node answers is checked: nothing is told that no session tells.
func TestMalformedAnswers(t *testing.T) {
	for _, c := range []carried{{}, {Event: Event{Name: "x\ndata: y"}}, {Event: Event{Name: "open"}}, {Event: Event{Name: "message"}, Data: []byte{0xff}}} {
		if c.valid() {
			t.Errorf("%+v is valid", c)
		}
	}
	names := slices.Sorted(maps.Keys(told))
	if len(names) != 4 {
		t.Errorf("these faults travel: %v", names)
	}
}
