package socket

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// An idle socket has the smallest stack that there is: what stands below its reading
// is counted in bytes, for there may be a hundred thousand of them.
func TestIdleSocketsHaveSmallStacks(t *testing.T) {
	if cost.Raced {
		t.Skip("the race detector makes frames larger")
	}
	const sockets, most = 500, 3 << 10
	u := NewUpgrader(Limits{}, Compression{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Cleanup(func() { wait(t, u) }) // after the clients have left
	before := stacks()
	for range sockets {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		u.socket(server, nil, 0).Serve(record())
	}
	each := uint64(0)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if each = (stacks() - before) / sockets; each > 0 && each <= most {
			break
		}
	}
	if each > most {
		t.Errorf("each has %d bytes of stack, want %d at most", each, most)
	}
}

// stacks is the memory of all stacks after those that are free were given back.
func stacks() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.StackInuse
}
