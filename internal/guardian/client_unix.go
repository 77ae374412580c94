//go:build unix

package guardian

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// asGuardian is the name that this program is started under to be a guardian.
const asGuardian = "dragoman: guardian of functions"

// Guardian starts processes. One guardian process is started with the first of
// them, and another one should it be gone. It is safe for concurrent use.
type Guardian struct {
	reports *tasks.Reporter
	tasks   tasks.Group

	mu      sync.Mutex // Protects fields below.
	closed  bool
	current *session
}

// New makes a Guardian, which starts nothing yet.
func New(reports *tasks.Reporter) *Guardian {
	g := &Guardian{reports: reports}
	g.tasks.Reports = reports
	return g
}

// session is one guardian process.
type session struct {
	line line
	cmd  *exec.Cmd
	gone chan struct{} // closed when the guardian is

	mu        sync.Mutex // Protects fields below.
	last      uint64
	processes map[uint64]*started
}

// started is a process that was asked for. The first report about it is its answer; no
// other can come before its end.
type started struct {
	process *Process
	answer  chan report // the first one, buffered
}

// Start starts a process.
func (g *Guardian) Start(c Command) (*Process, error) {
	s, err := g.session()
	if err != nil {
		return nil, fmt.Errorf("the guardian of processes: %w", err)
	}
	p := &started{newProcess(), make(chan report, 1)}
	s.mu.Lock()
	s.last++
	id := s.last
	s.processes[id] = p
	s.mu.Unlock()
	p.process.kill = func() { _ = s.line.send(request{ID: id}, nil) }
	output := c.Output
	c.Output = nil // a file is no JSON: it goes beside the message
	if err := s.line.send(request{ID: id, Command: &c}, output); err != nil {
		s.forget(id)
		return nil, err
	}
	select {
	case r := <-p.answer:
		if r.Error != "" {
			s.forget(id)
			return nil, errors.New(r.Error)
		}
		return p.process, nil
	case <-s.gone:
		return nil, errors.New("the guardian of processes is gone")
	}
}

// forget ends to expect anything of a process, and answers what was known of it.
func (s *session) forget(id uint64) *started {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.processes[id]
	delete(s.processes, id)
	return p
}

// Prepare starts the guardian process before anything else is to be started, so that who
// comes first need not wait for it. Start tries again where it has failed.
func (g *Guardian) Prepare() { _, _ = g.session() }

// session is the guardian process that is there, or a new one.
func (g *Guardian) session() (*session, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrClosed
	}
	if g.current != nil {
		select {
		case <-g.current.gone:
		default:
			return g.current, nil
		}
	}
	s, err := open()
	if err != nil {
		return nil, err
	}
	if !g.tasks.Go("hearing of functions' processes", func() { g.listen(s) }) {
		s.line.socket.Close()
		return nil, ErrClosed
	}
	g.current = s
	return s, nil
}

// open starts a guardian: this program once more, under another name. A program that was
// replaced on disk meanwhile is started as it is there, so that what the two say to each
// other must not change its meaning.
//
// The socket is the leash: when the server is gone, however it went, the kernel closes
// its end, and the guardian reads that.
func open() (*session, error) {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	// Neither end may reach a function: it would keep the leash from ending. Only the
	// guardian's is handed on, as one of ExtraFiles.
	for _, end := range ends {
		syscall.CloseOnExec(end)
	}
	ours, theirs := os.NewFile(uintptr(ends[0]), "guardian"), os.NewFile(uintptr(ends[1]), "guardian")
	defer ours.Close()
	defer theirs.Close()
	socket, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		socket.Close()
		return nil, err
	}
	// Its errors go where ours go. A group of its own keeps a terminal's Ctrl-C from it:
	// functions may answer what is under way.
	cmd := &exec.Cmd{Path: program, Args: []string{asGuardian}, Env: []string{}, Stderr: os.Stderr,
		ExtraFiles: []*os.File{theirs}, SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}
	if err := cmd.Start(); err != nil {
		socket.Close()
		return nil, err
	}
	return &session{line: line{socket: socket.(*net.UnixConn)}, cmd: cmd, gone: make(chan struct{}), processes: map[uint64]*started{}}, nil
}

// listen passes on what the guardian tells, until it is gone.
func (g *Guardian) listen(s *session) {
	defer func() {
		s.line.socket.Close()
		_ = s.cmd.Wait()
		close(s.gone)
		s.mu.Lock()
		defer s.mu.Unlock()
		// A guardian that somebody has killed could not do its part. On Linux the kernel
		// does it (see attributes); here the groups are killed for other systems.
		for _, p := range s.processes { // it has ended them, unless somebody has ended it
			if p.process.Pid > 0 {
				_ = syscall.Kill(-p.process.Pid, syscall.SIGKILL)
			}
			p.process.ended(Exit{Code: -1})
		}
	}()
	for {
		var r report
		with, err := s.line.receive(&r)
		if with != nil {
			with.Close()
		}
		if err != nil {
			return
		}
		if r.Exit != nil {
			if p := s.forget(r.ID); p != nil {
				p.process.ended(*r.Exit)
			}
			continue
		}
		s.mu.Lock()
		p := s.processes[r.ID]
		s.mu.Unlock()
		if p != nil {
			p.process.Pid = r.Pid
			p.answer <- r
		}
	}
}

// patience is how long Close waits for the guardian to end everything. SIGKILL takes no
// longer than the kernel does; a process that waits for a disk may.
const patience = 5 * time.Second

// Close ends all processes and waits until they are gone.
func (g *Guardian) Close() {
	g.mu.Lock()
	g.closed = true
	s := g.current
	g.mu.Unlock()
	g.tasks.Close()
	if s == nil {
		return
	}
	// The guardian sees the end of the socket's other direction, ends what it has
	// started, tells how, and goes.
	_ = s.line.socket.CloseWrite()
	over := time.NewTimer(patience)
	defer over.Stop()
	select {
	case <-s.gone:
	case <-over.C:
		_ = s.cmd.Process.Kill()
	}
	g.tasks.Wait()
}
