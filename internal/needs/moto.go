package needs

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"testing"
	"time"
)

// Moto starts moto_server, an emulator of AWS, on a free port and answers its URL.
func Moto(t testing.TB) (url string) {
	t.Helper()
	path := Program(t, "moto_server", "--help")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close() // for the emulator, which cannot be handed a listener
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-H", "127.0.0.1", "-p", port)
	listening := make(chan struct{})
	cmd.Stderr = &announcement{text: "Running on", seen: listening}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	select {
	case <-listening:
	case <-time.After(time.Minute):
		t.Fatal("moto_server does not listen after a minute")
	}
	return "http://127.0.0.1:" + port
}

// announcement closes seen when a text has been written to it.
type announcement struct {
	text    string
	written []byte
	seen    chan struct{}
}

// Write implements io.Writer.
func (a *announcement) Write(p []byte) (int, error) {
	if a.seen != nil {
		if a.written = append(a.written, p...); bytes.Contains(a.written, []byte(a.text)) {
			close(a.seen)
			a.seen, a.written = nil, nil
		}
	}
	return len(p), nil
}
