package socket

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

// follow reads whatever the server sends until it closes, and says which close
// code came after how long.
func follow(client peer) func() (int, time.Duration) {
	type result struct {
		code  int
		after time.Duration
	}
	start, done := time.Now(), make(chan result, 1)
	go func() {
		code, _ := client.closeFrame()
		done <- result{code, time.Since(start)}
		client.Write(masked(ws.OpClose, true, "\x03\xe9"))
	}()
	return func() (int, time.Duration) {
		r := <-done
		return r.code, r.after
	}
}

func TestExpiry(t *testing.T) {
	text, ping := masked(ws.OpText, true, "a"), masked(ws.OpPing, true, "")
	for _, row := range []struct {
		name   string
		limits Limits
		every  time.Duration // the client acts, for two hours
		act    []byte        // with this frame; nil lets the server write
		want   time.Duration
	}{
		{"silence", Limits{}, 3 * time.Hour, ping, 10 * time.Minute},
		{"messages keep it open for its lifetime", Limits{}, 9 * time.Minute, text, 2 * time.Hour},
		{"so do the server's", Limits{}, 9 * time.Minute, nil, 2 * time.Hour},
		{"pings do not", Limits{}, 7 * time.Minute, ping, 10 * time.Minute},
		{"nor do pieces of messages", Limits{}, 7 * time.Minute, masked(ws.OpText, false, "a"), 10 * time.Minute},
		{"a shorter lifetime", Limits{Lifetime: time.Minute}, 3 * time.Hour, ping, time.Minute},
		{"pings that count", Limits{Activity: true}, 7 * time.Minute, ping, 2 * time.Hour},
		{"a client that answers the server's pings, which do not count", Limits{Ping: time.Minute}, 3 * time.Hour, ping, 10 * time.Minute},
		{"no idle limit", Limits{Idle: -1}, 3 * time.Hour, ping, 2 * time.Hour},
		{"no lifetime", Limits{Lifetime: -1}, 9 * time.Minute, text, 2*time.Hour - 3*time.Minute + 10*time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := NewUpgrader(row.limits, Compression{})
				h := record()
				s, client := pipe(t, u, 0, h)
				result := follow(client)
				acted := make(chan struct{})
				go func() {
					defer close(acted)
					for at := row.every; at < 2*time.Hour; at += row.every {
						time.Sleep(row.every)
						if row.act == nil {
							_ = s.WriteText([]byte("a"))
						} else if _, err := client.Write(row.act); err != nil {
							return
						}
					}
				}()
				if code, after := result(); code != 1001 || after != row.want {
					t.Errorf("close %d after %v, want 1001 after %v", code, after, row.want)
				}
				if got := <-h.closed; got != (closed{1001, goingAway}) {
					t.Errorf("Closed%v", got)
				}
				<-acted
			})
		})
	}
}

func TestLastActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := NewUpgrader(Limits{}, Compression{})
		h := record()
		s, client := pipe(t, u, 0, h)
		start := time.Now()
		check := func(what string, want time.Duration) {
			t.Helper()
			if got := s.LastActive().Sub(start); got != want {
				t.Errorf("after %s it was last active at %v, want %v", what, got, want)
			}
		}
		check("the handshake", 0)
		time.Sleep(time.Minute)
		client.Write(masked(ws.OpPing, true, ""))
		client.frame()
		check("a ping", 0)
		client.Write(masked(ws.OpText, true, "hello"))
		<-h.messages
		check("a message in", time.Minute)
		time.Sleep(time.Minute)
		if err := s.WriteText([]byte("hi")); err != nil {
			t.Fatal(err)
		}
		check("a message out", 2*time.Minute)
		if got, want := s.Traffic(), (Traffic{MessagesIn: 1, MessagesOut: 1, BytesIn: 5, BytesOut: 2}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		client.frame()
	})
}
