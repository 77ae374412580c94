package socket

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

// A socket that has a goroutine pings its client again and again, whether that says anything or
// not.
func TestPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := NewUpgrader(Limits{Ping: 30 * time.Second}, Compression{})
		h := record()
		s, client := pipe(t, u, 0, h)
		pings := make(chan time.Duration, 100)
		start := time.Now()
		go func() {
			for {
				header, err := ws.ReadHeader(client)
				if err != nil {
					return
				}
				_, _ = io.CopyN(io.Discard, client, header.Length)
				if header.OpCode == ws.OpPing {
					pings <- time.Since(start)
				}
			}
		}()
		time.Sleep(5 * time.Minute)
		if n := len(pings); n < 6 || n > 10 { // at the latest half an interval late
			t.Errorf("%d pings in five minutes, want one about every 30 s", n)
		}
		s.Drop()
		client.Close()
		<-h.closed
	})
}

// So does one that is parked.
func TestParkedSocketsPing(t *testing.T) {
	needsPoller(t)
	u := NewUpgrader(Limits{Ping: 20 * time.Millisecond, Idle: time.Second, Lifetime: -1, Activity: true}, Compression{})
	u.linger = time.Millisecond
	s, client := connected(t, u, record())
	parks(t, s)
	for range 100 { // each pong keeps it open: without them it would be idle for too long
		f := client.frame()
		if f.Header.OpCode != ws.OpPing {
			t.Fatalf("got %+v", f.Header)
		}
		client.send(masked(ws.OpPong, true, string(f.Payload)))
	}
	client.Close()
}
