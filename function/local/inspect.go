package local

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/uuid"
)

// Inspection is a process that a debugger may attach to.
type Inspection struct {
	Function string
	Port     int    // at 127.0.0.1
	Line     string // that tells how, for people
}

// usualPort is where debuggers look for a process of the language by themselves.
func usualPort(runtime string) int {
	if strings.HasPrefix(runtime, "python") {
		return 5678
	}
	return 9229
}

// inspectable tells whether processes of a runtime can be debugged.
func inspectable(runtime string) bool {
	return strings.HasPrefix(runtime, "nodejs") || strings.HasPrefix(runtime, "python")
}

// inspectable makes ready for a process that a debugger may attach to: its port is
// chosen once, and whoever had it before is gone.
func (p *pool) inspectable() (err error) {
	if p.function.Inspect == nil {
		return nil
	}
	p.debugger.Do(func() { err = p.choosePort() })
	if p.port == 0 {
		return cmp.Or(err, errNoPort)
	}
	p.free(p.runner.ctx)
	return nil
}

var errNoPort = errors.New("there is no port for its debugger")

// choosePort takes the port that is asked for; zero is the usual one, or any other where
// that is taken.
func (p *pool) choosePort() error {
	wanted := *p.function.Inspect
	ports := []int{wanted}
	if wanted == 0 {
		ports = []int{usualPort(p.function.Runtime), 0}
	}
	var failed error
	for _, port := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			failed = err
			continue
		}
		p.port = l.Addr().(*net.TCPAddr).Port
		return l.Close()
	}
	return fmt.Errorf("a debugger's port: %w", failed)
}

// attachable is how a person attaches to the function.
func (p *pool) attachable() Inspection {
	kind := "node --inspect"
	launch := fmt.Sprintf(`{"type": "node", "request": "attach", "name": %q, "port": %d, "restart": true}`, p.function.Name, p.port)
	if strings.HasPrefix(p.function.Runtime, "python") {
		kind = "debugpy"
		launch = fmt.Sprintf(`{"type": "debugpy", "request": "attach", "name": %q, "connect": {"host": "127.0.0.1", "port": %d}}`, p.function.Name, p.port)
	}
	return Inspection{p.function.Name, p.port, fmt.Sprintf("%s: %s listens at 127.0.0.1:%d; VS Code: %s", p.function.Name, kind, p.port, launch)}
}

// free waits until nobody listens at the debugger's port any more: the process before
// may be about to end.
func (p *pool) free(ctx context.Context) {
	for range 200 {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)))
		if err == nil {
			_ = l.Close()
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// warm starts the process of a function that is debugged, so that somebody can attach
// before the first event.
func (p *pool) warm() {
	if p.enter(p.runner.ctx) != nil {
		return
	}
	defer p.leave()
	in := &invocation{id: uuid.New(), version: version, answered: make(chan answer, 1)}
	if one, failure := p.initialised(in); failure == nil {
		p.giveBack(one)
	}
}

// debugged tells whether a debugger is attached: then nothing is too late. Where that
// cannot be seen, every function that can be debugged has all the time.
func (p *pool) debugged() bool {
	if p.port == 0 {
		return false
	}
	attached, err := established(p.port)
	return attached || err != nil
}

var errUnseen = errors.New("connections of others are not seen here")

// established tells whether somebody is connected to a port of this machine. On Linux:
// proc_net(5), tcp: the local address in hexadecimal, and 01 for a connection that is
// established.
func established(port int) (bool, error) {
	if runtime.GOOS != "linux" {
		return false, errUnseen
	}
	text, err := os.ReadFile("/proc/self/net/tcp")
	if err != nil {
		return false, errUnseen
	}
	local := fmt.Appendf(nil, ":%04X", port)
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) > 3 && bytes.HasSuffix(fields[1], local) && string(fields[3]) == "01" {
			return true, nil
		}
	}
	return false, nil
}
