package socket

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

// sizes of the frames of one message.
func (p peer) sizes() (op ws.OpCode, sizes []int, message string) {
	p.t.Helper()
	for {
		f := p.frame()
		if len(sizes) == 0 {
			op = f.Header.OpCode
		} else if f.Header.OpCode != ws.OpContinuation {
			p.t.Fatalf("frame %d has opcode %x", len(sizes), f.Header.OpCode)
		}
		sizes = append(sizes, len(f.Payload))
		message += string(f.Payload)
		if f.Header.Fin {
			return op, sizes, message
		}
	}
}

func TestFragmentation(t *testing.T) {
	for _, row := range []struct {
		bytes int
		want  []int
	}{
		{0, []int{0}}, {1, []int{1}}, {125, []int{125}}, {126, []int{126}}, {32 << 10, []int{32 << 10}},
		{32<<10 + 1, []int{32 << 10, 1}}, {128 << 10, []int{32 << 10, 32 << 10, 32 << 10, 32 << 10}},
	} {
		u := NewUpgrader(Limits{}, Compression{})
		s, client := pipe(t, u, 0, record())
		for op, write := range map[ws.OpCode]func([]byte) error{ws.OpText: s.WriteText, ws.OpBinary: s.WriteBinary} {
			data := []byte(strings.Repeat("x", row.bytes))
			if err := write(data); err != nil {
				t.Fatalf("writing %d bytes: %v", row.bytes, err)
			}
			clear(data) // the bytes are the caller's again
			got, sizes, message := client.sizes()
			if got != op || fmt.Sprint(sizes) != fmt.Sprint(row.want) || strings.Trim(message, "x") != "" {
				t.Errorf("%d bytes went as opcode %x in %v, want opcode %x in %v", row.bytes, got, sizes, op, row.want)
			}
		}
	}
}

func TestFrameLimitIsAField(t *testing.T) {
	s, client := pipe(t, NewUpgrader(Limits{Frame: 70_000, Message: 200_000}, Compression{}), 0, record())
	if err := s.WriteText(make([]byte, 150_000)); err != nil {
		t.Fatal(err)
	}
	if _, sizes, _ := client.sizes(); fmt.Sprint(sizes) != "[70000 70000 10000]" {
		t.Errorf("frames of %v", sizes)
	}
	if err := s.WriteText(make([]byte, 200_001)); !errors.Is(err, ErrTooLong) {
		t.Errorf("a message over the limit: %v, want ErrTooLong", err)
	}
}

func TestOutboxFull(t *testing.T) {
	for _, row := range []struct {
		name   string
		limits Limits
		fit    int // messages of 1000 bytes besides the one that the writer holds
	}{
		{"by bytes", Limits{OutboxBytes: 10_100}, 9},
		{"by messages", Limits{OutboxMessages: 5}, 4},
		{"too small for anything", Limits{OutboxBytes: 10}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, client := pipe(t, NewUpgrader(row.limits, Compression{}), 0, record())
			data := []byte(strings.Repeat("x", 1000))
			for i := range row.fit + 1 {
				if err := s.WriteText(data); err != nil {
					t.Fatalf("message %d: %v", i, err)
				}
			}
			time.Sleep(2 * hiccup)
			if err := s.WriteText(data); !errors.Is(err, ErrOutboxFull) {
				t.Fatalf("one message too many: %v, want ErrOutboxFull", err)
			}
			for range row.fit + 1 {
				client.sizes()
			}
			s.settleWriter(time.Minute)
			if err := s.WriteText(data); err != nil {
				t.Errorf("after the client caught up: %v", err)
			}
			client.sizes()
		})
	}
}

// A client that takes nothing is dropped after the write timeout; one that is
// merely slow is not.
func TestSlowClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := NewUpgrader(Limits{WriteTimeout: 5 * time.Second}, Compression{})
		h := record()
		s, client := pipe(t, u, 0, h)
		start := time.Now()
		for range 4 {
			if err := s.WriteText(make([]byte, 128<<10)); err != nil {
				t.Fatal(err)
			}
		}
		for range 8 { // half of it
			time.Sleep(4 * time.Second)
			n, err := io.ReadFull(client, make([]byte, chunk/2))
			if err != nil {
				t.Fatalf("the slow client was dropped after %v and %d bytes: %v", time.Since(start), n, err)
			}
			n, err = io.ReadFull(client, make([]byte, chunk/2))
			if err != nil {
				t.Fatalf("the slow client was dropped after %v and %d bytes: %v", time.Since(start), n, err)
			}
		}
		if got := <-h.closed; got != (closed{1006, ""}) {
			t.Errorf("Closed%v, want 1006", got)
		}
		if took := time.Since(start); took < 32*time.Second || took > 37*time.Second {
			t.Errorf("the client was dropped after %v, want 5s after it stopped at 32s", took)
		}
		if err := s.WriteText(nil); !errors.Is(err, ErrClosed) {
			t.Errorf("WriteText: %v, want ErrClosed", err)
		}
	})
}

// Messages of many goroutines never mix, and those of one keep their order.
func TestManyWriters(t *testing.T) {
	const writers, each = 8, 100
	s, client := pipe(t, NewUpgrader(Limits{}, Compression{}), 0, record())
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			body := strings.Repeat(string(rune('a'+w)), w*10_000)
			for i := range each {
				for {
					err := s.WriteText(fmt.Appendf(nil, "%d %d %s", w, i, body))
					if err == nil {
						break
					}
					if !errors.Is(err, ErrOutboxFull) {
						t.Errorf("WriteText: %v", err)
						return
					}
					s.settleWriter(time.Minute)
				}
			}
		})
	}
	var next [writers]int
	for range writers * each {
		_, _, message := client.sizes()
		var w, i int
		var body string
		if n, _ := fmt.Sscanf(message, "%d %d %s", &w, &i, &body); n < 2 || w >= writers {
			t.Fatalf("message %.30q", message)
		}
		if i != next[w] || body != strings.Repeat(string(rune('a'+w)), w*10_000) {
			t.Fatalf("writer %d's message %d came with %d bytes, want message %d whole", w, i, len(body), next[w])
		}
		next[w]++
	}
	work.Wait()
}

// What gathers while the writer is busy goes to the client in one piece.
func TestWritesAreBatched(t *testing.T) {
	s, client := pipe(t, NewUpgrader(Limits{OutboxMessages: 200}, Compression{}), 0, record())
	if err := s.WriteText([]byte("first")); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := client.Read(one); err != nil { // the writer is in the midst of it
		t.Fatal(err)
	}
	for range 100 {
		if err := s.WriteText([]byte("more")); err != nil {
			t.Fatal(err)
		}
	}
	rest := make([]byte, 4096)
	if n, err := client.Read(rest); err != nil || n != len("first")+1 {
		t.Fatalf("%d bytes of the first: %v", n, err)
	}
	if n, err := client.Read(rest); err != nil || n != 100*(2+len("more")) {
		t.Errorf("%d bytes came at once, %v, want all hundred messages", n, err)
	}
}

func TestIdleSocketKeepsNoBuffers(t *testing.T) {
	h := record()
	s, client := pipe(t, NewUpgrader(Limits{}, Compression{}), 0, h)
	client.Write(masked(ws.OpText, true, kb32))
	within(t, "message", h.messages)
	if err := s.WriteText([]byte(kb32)); err != nil {
		t.Fatal(err)
	}
	client.sizes()
	s.settleWriter(time.Minute)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != nil || s.writing || s.queued != 0 || s.messages != 0 {
		t.Errorf("an idle socket keeps %v, writing %v, %d bytes, %d messages", s.out, s.writing, s.queued, s.messages)
	}
}
