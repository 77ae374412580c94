package socket

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/internal/budget"
)

// Frames that carry next to nothing come at a rate; whoever sends more is told so.
func TestFramesThatCarryNothing(t *testing.T) {
	ping, pong, empty := masked(ws.OpPing, true, "!"), masked(ws.OpPong, true, ""), masked(ws.OpContinuation, false, "")
	tiny, whole := masked(ws.OpContinuation, false, "fifteen bytes.."), masked(ws.OpContinuation, false, "sixteen bytes...")
	begin, text := masked(ws.OpText, false, strings.Repeat("x", 16)), masked(ws.OpText, true, "")
	for _, row := range []struct {
		name  string
		first []byte
		frame []byte
		most  int // frames that are taken at once; 0 for all
	}{
		{"pings", nil, ping, 1000},
		{"pongs", nil, pong, 1000},
		{"both", nil, append(bytes.Clone(ping), pong...), 500},
		{"empty fragments", begin, empty, 1000},
		{"tiny fragments", begin, tiny, 1000},
		{"pings between fragments", begin, ping, 1000},
		{"fragments that carry something", begin, whole, 0},
		{"messages, empty ones too", nil, text, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u, h := NewUpgrader(Limits{}, Compression{}), record()
				h.messages = make(chan string, 1<<20)
				s, client := pipe(t, u, 0, h)
				go func() { // what comes is not of interest
					b := make([]byte, 4<<10)
					for {
						if _, err := client.Read(b); err != nil {
							return
						}
					}
				}()
				write := func(n int) error {
					_, err := client.Write(bytes.Repeat(row.frame, n))
					synctest.Wait()
					return err
				}
				if _, err := client.Write(row.first); err != nil {
					t.Fatal(err)
				}
				if row.most == 0 {
					if err := write(3000); err != nil || len(h.closed) != 0 {
						t.Errorf("got %v and %d ends", err, len(h.closed))
					}
					client.Close()
					<-h.closed
					return
				}
				if err := write(row.most - 1); err != nil || len(h.closed) != 0 {
					t.Fatalf("got %v and %d ends after %d frames at once", err, len(h.closed), row.most-1)
				}
				time.Sleep(10 * time.Second)
				if err := write(row.most / 2); err != nil || len(h.closed) != 0 {
					t.Fatalf("got %v and %d ends ten seconds later", err, len(h.closed))
				}
				go client.Write(bytes.Repeat(row.frame, row.most)) // breaks off
				synctest.Wait()
				if end := <-h.closed; end != (closed{1008, "Too many control frames"}) {
					t.Errorf("got %v, want 1008", end)
				}
				s.Drop()
			})
		})
	}
}

// Nobody bounds frames where no limit is wanted.
func TestControlFramesWithoutALimit(t *testing.T) {
	u, h := NewUpgrader(Limits{Control: -1}, Compression{}), record()
	_, client := pipe(t, u, 0, h)
	go func() {
		client.Write(bytes.Repeat(masked(ws.OpPong, true, ""), 5000))
		client.Write(masked(ws.OpText, true, "still here"))
	}()
	if got := within(t, "message", h.messages); got != "still here" {
		t.Errorf("got %q", got)
	}
}

// Messages share the memory of all: one that finds none is read, refused and
// forgotten, and the socket goes on.
func TestMessagesShareABudget(t *testing.T) {
	bodies := budget.New(100<<10, budget.Options{})
	u := NewUpgrader(Limits{}, Compression{})
	u.Within(bodies)
	first, second := record(), record()
	_, one := pipe(t, u, 0, first)
	_, two := pipe(t, u, 0, second)
	piece := strings.Repeat("x", 32<<10)

	if _, err := one.Write(masked(ws.OpText, false, piece)); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Write(masked(ws.OpText, false, piece)); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Write(masked(ws.OpContinuation, false, piece)); err != nil { // 96 KB would be beyond what the large may have
		t.Fatal(err)
	}
	if _, err := two.Write(masked(ws.OpContinuation, true, piece)); err != nil {
		t.Fatal(err)
	}
	two.send(masked(ws.OpText, true, "small"))
	if got := within(t, "message", second.messages); got != "small" || second.refused.Load() != 1 {
		t.Errorf("got %.20q after %d refusals, want the small one after 1", got, second.refused.Load())
	}
	one.send(masked(ws.OpContinuation, true, piece))
	if got := within(t, "message", first.messages); len(got) != 64<<10 || first.refused.Load() != 0 {
		t.Errorf("got %d bytes, want the message whose neighbour was refused", len(got))
	}
	// A message in the middle of which the client leaves is given back.
	if _, err := one.Write(masked(ws.OpText, false, piece)); err != nil {
		t.Fatal(err)
	}
	one.Close()
	two.Close()
	within(t, "end", first.closed)
	within(t, "end", second.closed)
	wait(t, u)
	if bodies.Used() != 0 {
		t.Errorf("%d bytes are still held", bodies.Used())
	}
}

// A refused message cannot be longer than any other.
func TestRefusedMessagesEnd(t *testing.T) {
	u, h := NewUpgrader(Limits{}, Compression{}), record()
	u.Within(budget.New(1, budget.Options{}))
	_, client := pipe(t, u, 0, h)
	client.send(masked(ws.OpText, false, "x"), bytes.Repeat(masked(ws.OpContinuation, false, strings.Repeat("x", 32<<10)), 5))
	if code, reason := client.closeFrame(); code != 1009 || reason != tooLong {
		t.Errorf("got %d %q, want 1009", code, reason)
	}
	client.Close()
	within(t, "end", h.closed)
}

// What waits for a client counts until it is written, or the client is gone.
func TestTheOutboxCounts(t *testing.T) {
	bodies := budget.New(256<<10, budget.Options{})
	u, h := NewUpgrader(Limits{}, Compression{}), record()
	u.Within(bodies)
	s, client := pipe(t, u, 0, h)
	text := bytes.Repeat([]byte("x"), 32<<10)
	sent := 0
	for ; sent < 20; sent++ {
		if err := s.WriteText(text); err != nil {
			if err != ErrOutboxFull {
				t.Errorf("got %v, want ErrOutboxFull", err)
			}
			break
		}
	}
	if sent != 6 || bodies.Used() != 6*32<<10 { // a quarter is for others
		t.Errorf("%d messages and %d bytes wait, want 6", sent, bodies.Used())
	}
	for range 4 {
		if f := client.frame(); int(f.Header.Length) != len(text) {
			t.Fatalf("got a frame of %d bytes", f.Header.Length)
		}
	}
	client.Close() // takes no more
	within(t, "end", h.closed)
	wait(t, u)
	if bodies.Used() != 0 {
		t.Errorf("%d bytes are still held", bodies.Used())
	}
}

// A client that begins a message and does not end it loses its socket when others
// find no room.
func TestSlowMessagesAreCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := NewUpgrader(Limits{}, Compression{})
		u.Within(budget.New(64<<10, budget.Options{}))
		slow, other := record(), record()
		_, one := pipe(t, u, 0, slow)
		_, two := pipe(t, u, 0, other)
		piece := strings.Repeat("x", 30<<10)
		if _, err := one.Write(masked(ws.OpText, false, piece)); err != nil {
			t.Fatal(err)
		}
		offer := func() {
			t.Helper()
			if _, err := two.Write(masked(ws.OpText, true, piece)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		offer()
		if other.refused.Load() != 1 || len(slow.closed) != 0 {
			t.Fatalf("got %d refusals and %d ends, want 1 and none yet", other.refused.Load(), len(slow.closed))
		}
		time.Sleep(10 * time.Second)
		offer()
		if code, reason := one.closeFrame(); code != 1008 || reason != "Message too slow" {
			t.Errorf("got %d %q, want 1008", code, reason)
		}
		one.Close()
		<-slow.closed
		offer()
		if len(other.messages) != 1 {
			t.Error("there is no room although the slow one is gone")
		}
		two.Close()
		<-other.closed
	})
}

// A message in the smallest pieces that carry something costs a few times itself.
func TestManyFragmentsCostLittle(t *testing.T) {
	u, h := NewUpgrader(Limits{}, Compression{}), record()
	u.Within(budget.New(1<<20, budget.Options{}))
	_, client := pipe(t, u, 0, h)
	const pieces = 8000
	frames := bytes.Repeat(masked(ws.OpContinuation, false, "sixteen bytes..."), pieces-2)
	begin, end := masked(ws.OpText, false, "sixteen bytes..."), masked(ws.OpContinuation, true, "sixteen bytes...")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, part := range [][]byte{begin, frames, end} {
		if _, err := client.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	got := within(t, "message", h.messages)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; len(got) != 16*pieces || took > 2<<20 {
		t.Errorf("%d bytes took %d, want at most 2 MB", len(got), took)
	}
	client.Close()
	within(t, "end", h.closed)
}
