package local

import (
	"bytes"
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
// Documented: Node.js, Debugging, 9229; debugpy's examples and VS Code's Python extension
// have 5678.
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
func (p *pool) inspectable() error {
	if p.function.Inspect == nil {
		return nil
	}
	if p.port.Load() == 0 {
		port, err := choosePort(*p.function.Inspect, p.function.Runtime)
		if err != nil {
			return err
		}
		p.port.Store(int64(port))
	}
	return p.free()
}

// inherit takes the port over from what the function was: a debugger looks for it there.
func (p *pool) inherit(from *pool) {
	if from != nil && from.function.Inspect != nil && *from.function.Inspect == *p.function.Inspect {
		p.port.Store(from.port.Load())
	}
}

// choosePort takes the port that is asked for; zero is the usual one, or any other where
// that is taken.
func choosePort(wanted int, runtime string) (int, error) {
	if wanted > 0 {
		return wanted, nil
	}
	l, err := listenAt(usualPort(runtime))
	if err != nil {
		l, err = listenAt(0)
	}
	if err != nil {
		return 0, fmt.Errorf("a debugger's port: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func listenAt(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// freed is how long the process before has to give its port back.
const freed = 5 * time.Second

// free waits until nobody listens at the debugger's port any more: the process before
// may be about to end.
func (p *pool) free() error {
	for began := time.Now(); ; {
		l, err := listenAt(int(p.port.Load()))
		if err == nil {
			return l.Close()
		}
		if time.Since(began) > freed {
			return fmt.Errorf("a debugger's port: %w", err)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-p.runner.ctx.Done():
			return p.runner.ctx.Err()
		}
	}
}

// attachable is how a person attaches to the function.
func (p *pool) attachable() Inspection {
	kind := "node --inspect"
	launch := fmt.Sprintf(`{"type": "node", "request": "attach", "name": %q, "port": %d, "restart": true}`, p.function.Name, p.port.Load())
	if strings.HasPrefix(p.function.Runtime, "python") {
		kind = "debugpy"
		launch = fmt.Sprintf(`{"type": "debugpy", "request": "attach", "name": %q, "connect": {"host": "127.0.0.1", "port": %d}}`, p.function.Name, p.port.Load())
	}
	return Inspection{p.function.Name, int(p.port.Load()), fmt.Sprintf("%s: %s listens at 127.0.0.1:%d; VS Code: %s", p.function.Name, kind, p.port.Load(), launch)}
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
	port := int(p.port.Load())
	if port == 0 {
		return false
	}
	// To ask the debugger itself would be to attach: some take one client only.
	attached, err := established(port)
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
