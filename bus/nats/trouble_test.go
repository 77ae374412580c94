package nats_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/bus/nats"
)

// doorkeeper lets a user in who has one password, and counts those whom it refuses.
type doorkeeper struct {
	password atomic.Value
	refused  atomic.Int64
}

func (d *doorkeeper) Check(c server.ClientAuthentication) bool {
	if c.GetOpts().Password == d.password.Load() {
		return true
	}
	d.refused.Add(1)
	return false
}

type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(strings.ToLower(l.text.String()), what)
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// A broker that refuses a node again and again has it back when it lets it in, and the node asks
// for its password anew. Why it is away is told, once.
func TestARefusedUserComesBack(t *testing.T) {
	door, log := &doorkeeper{}, &lines{}
	door.password.Store("first")
	var known atomic.Value
	known.Store("first")
	b := newBroker(t)
	b.stop()
	b.options.Username, b.options.Password, b.options.CustomClientAuthentication = "", "", door
	b.start()
	joined := b.join(t, func(o *nats.Options) {
		o.URLs = strings.Replace(b.url(), "node:hunter2@", "", 1)
		o.Login = func() (string, string) { return "node", known.Load().(string) }
		o.Logger = slog.New(slog.NewTextHandler(log, nil))
	})
	until(t, "the node is on the bus", func() bool { return joined.Connected() > 0 && joined.Why() == "" })
	door.password.Store("second")
	b.stop()
	b.start()
	until(t, "it was refused several times", func() bool { return door.refused.Load() > 3 })
	until(t, "why is told", func() bool { return strings.Contains(strings.ToLower(joined.Why()), "authorization violation") })
	if n := log.count("authorization violation"); n != 1 {
		t.Errorf("that the user is refused stands in the log %d times, want 1", n)
	}
	known.Store("second")
	until(t, "the node is back with its new password", func() bool { return joined.Connected() > 0 && joined.Why() == "" })
}

// Files that cannot prove anything are refused at the start, by their flag.
func TestCredentialsOfNobody(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "",
		"a JWT alone":      "-----BEGIN NATS USER JWT-----\neyJ0eXAi\n------END NATS USER JWT------\n",
		"something else":   "node:hunter2\n",
		"without its seed": "-----BEGIN USER NKEY SEED-----\nnone\n------END USER NKEY SEED------\n",
	} {
		path := filepath.Join(t.TempDir(), "user.creds")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := nats.Open(nats.Options{URLs: "nats://127.0.0.1:1", Fleet: "fleet", Secret: []byte("secret"), Credentials: path})
		if err == nil {
			_ = b.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "--bus-credentials "+path) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want one that names --bus-credentials", name, err)
		}
	}
}
