package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/internal/guardian"
)

// asMain makes this test binary be dragoman.
const asMain = "DRAGOMAN_CONFORMANCE_AS_MAIN"

func TestMain(m *testing.M) {
	if guardian.Main() {
		return
	}
	if os.Getenv(asMain) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if behindRobin {
		tellRobin()
	}
	code := m.Run()
	engines.owner.end()
	os.Exit(code)
}

// binary is a command line of the binary, which is killed when the test takes
// far too long.
func binary(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asMain+"=1")
	return cmd
}

// process is `dragoman serve` in a process of its own.
type process struct {
	*exec.Cmd
	management, data, secure string
	log                      *syncBuffer
	exited                   chan struct{}
}

func (p *process) DataAddr() string       { return p.data }
func (p *process) ManagementAddr() string { return p.management }
func (p *process) SecureAddr() string     { return p.secure }
func (p *process) Reopen()                { _ = p.Process.Signal(syscall.SIGHUP) }

// launch starts `dragoman serve` with flags; the error is what it says when it does
// not start.
func launch(t *testing.T, flags ...string) (*process, error) {
	t.Helper()
	return run(t, binary(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"}, flags...)...))
}

// run starts a command line that serves.
func run(t *testing.T, cmd *exec.Cmd) (*process, error) {
	t.Helper()
	leftOut(t)
	p := &process{Cmd: cmd, log: new(syncBuffer), exited: make(chan struct{})}
	p.Stderr = p.log
	out, err := p.StdoutPipe()
	must(t, err)
	must(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill(); <-p.exited })
	lines := bufio.NewReader(out)
	line, _ := lines.ReadString('\n')
	go func() {
		defer close(p.exited)
		_, _ = lines.WriteTo(p.log)
		_ = p.Wait()
	}()
	var ready struct{ Event, Data, Management string }
	if err := json.Unmarshal([]byte(line), &ready); err != nil || ready.Event != "ready" {
		<-p.exited
		return nil, fmt.Errorf("exit status %d: %s%s", p.ProcessState.ExitCode(), line, p.log.String())
	}
	p.management, p.data = strings.TrimPrefix(ready.Management, "http://"), strings.TrimPrefix(ready.Data, "http://")
	return p, nil
}

// kill ends the process as kill -9 does.
func (p *process) kill() { _ = p.Process.Kill(); <-p.exited }

// started is start for the binary; it stops with SIGTERM.
func started(t *testing.T, flags ...string) (*gateway, *process) {
	t.Helper()
	p, err := launch(t, flags...)
	must(t, err)
	return p.gateway(t), p
}

// gateway is the process as the journeys know gateways.
func (p *process) gateway(t *testing.T) *gateway {
	stop := sync.OnceFunc(func() {
		_ = p.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.exited:
			if code := p.ProcessState.ExitCode(); code != 0 {
				t.Errorf("SIGTERM ended it with status %d: %s", code, p.log)
			}
		case <-time.After(time.Minute):
			t.Errorf("it did not end within a minute of SIGTERM: %s", p.log)
		}
	})
	return &gateway{p, sdkFor("http://" + p.management), t, stop}
}

// syncBuffer is a buffer that one writes and others read.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.TrimSpace(b.b.String())
}
