package guardian

import (
	"os/exec"
	"sync"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Main tells whether this program is a guardian, which it never is here.
func Main() bool { return false }

// Guardian starts processes directly. It is safe for concurrent use.
type Guardian struct {
	tasks tasks.Group

	mu        sync.Mutex // Protects fields below.
	closed    bool
	processes map[*Process]bool
}

// New makes a Guardian.
func New(reports *tasks.Reporter) *Guardian {
	g := &Guardian{processes: map[*Process]bool{}}
	g.tasks.Reports = reports
	return g
}

// Start starts a process.
func (g *Guardian) Start(c Command) (*Process, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrClosed
	}
	cmd := &exec.Cmd{Path: c.Path, Args: c.Args, Env: c.Env, Dir: c.Dir, Stdout: c.Output, Stderr: c.Output}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := newProcess()
	p.Pid, p.kill = cmd.Process.Pid, func() { _ = cmd.Process.Kill() }
	g.processes[p] = true
	g.tasks.Go("waiting for a function's process", func() {
		_ = cmd.Wait()
		g.mu.Lock()
		delete(g.processes, p)
		g.mu.Unlock()
		p.ended(Exit{Code: cmd.ProcessState.ExitCode()})
	})
	return p, nil
}

// Prepare has nothing to do where there is no process between.
func (g *Guardian) Prepare() {}

// Close ends all processes and waits until they are gone.
func (g *Guardian) Close() {
	g.mu.Lock()
	g.closed = true
	for p := range g.processes {
		p.kill()
	}
	g.mu.Unlock()
	g.tasks.Close()
	g.tasks.Wait()
}
