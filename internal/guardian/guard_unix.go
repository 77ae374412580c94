//go:build unix

package guardian

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Main is for the first line of a program's main: where the program was started to
// be a guardian it is one, and does not return before its time is over. It tells
// whether it was, and then the program must end.
func Main() bool {
	if len(os.Args) == 0 || os.Args[0] != asGuardian {
		return false
	}
	// Parent-death signals are sent when this thread ends, which it never does.
	runtime.LockOSThread()
	if err := guard(); err != nil {
		fmt.Fprintln(os.Stderr, "dragoman: the guardian of functions:", err)
	}
	return true
}

// state is what a guardian knows.
type state struct {
	line line

	mu      sync.Mutex // Protects field below; held while a process is started, so that none is waited for that is not known yet.
	running map[int]living
}

// living is a process that was started.
type living struct {
	id     uint64
	marker string
}

// guard starts and ends what the server asks for until the server is gone.
func guard() error {
	// A guardian that a signal ended would take what is under way with it: it goes when
	// its server does.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE) // whoever started us decides
	adopt()
	file := os.NewFile(3, "server")
	socket, err := net.FileConn(file)
	file.Close()
	if err != nil {
		return err
	}
	s := &state{line: line{socket: socket.(*net.UnixConn)}, running: map[int]living{}}
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	var reaping tasks.Group
	reaping.Go("hearing of children", func() {
		for range children {
			s.reap()
		}
	})
	for {
		var r request
		with, err := s.line.receive(&r)
		if err != nil {
			break
		}
		if r.Command == nil {
			s.end(r.ID)
			continue
		}
		s.start(&r, with)
		with.Close()
		s.reap() // it may have ended before anybody knew of it
	}
	s.endAll()
	signal.Stop(children)
	close(children)
	reaping.Wait()
	return nil
}

// start starts a process and tells of it, before anybody can tell of its end.
func (s *state) start(r *request, output *os.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := spawn(r.Command, output)
	if err != nil {
		_ = s.line.send(report{ID: r.ID, Error: cmp.Or(err.Error(), "it cannot be started")}, nil)
		return
	}
	s.running[p.Pid] = living{r.ID, r.Command.Marker}
	_ = s.line.send(report{ID: r.ID, Pid: p.Pid}, nil)
	_ = p.Release()
}

// spawn starts a process with three files and no others: what a function inherits it
// keeps open, and passes on.
func spawn(c *Command, output *os.File) (*os.Process, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	return os.StartProcess(c.Path, c.Args, &os.ProcAttr{Dir: c.Dir, Env: c.Env, Files: []*os.File{null, output, output}, Sys: attributes()})
}

// reap tells of those that have ended, and ends what they left behind: a function that
// forked and went has been answered for, and nobody would ever end the rest.
//
// signal(7): signals of children are not counted, so that all who have ended are asked for
// at each.
func (s *state) reap() {
	ended := false
	for {
		s.mu.Lock()
		var status syscall.WaitStatus
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, &usage)
		if err != nil || pid <= 0 {
			s.mu.Unlock()
			break
		}
		p, ours := s.running[pid]
		delete(s.running, pid)
		s.mu.Unlock()
		if !ours {
			continue // an orphan
		}
		ended = true
		_ = syscall.Kill(-pid, syscall.SIGKILL) // the rest of its group
		e := Exit{Code: -1, MaxRSS: memoryOf(&usage)}
		if status.Exited() {
			e.Code = status.ExitStatus()
		} else if status.Signaled() {
			e.Signal = status.Signal().String()
		}
		_ = s.line.send(report{ID: p.id, Exit: &e}, nil)
	}
	if ended {
		s.endOrphans()
	}
}

// end kills a process with its group. kill(2): a negative number is a group's. The lock
// keeps a number from being waited for, and given to another process, in between.
func (s *state) end(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for pid, p := range s.running {
		if p.id == id {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		}
	}
}

// endAll kills everything: first the groups, at once, and then what has left its group.
func (s *state) endAll() {
	s.mu.Lock()
	for pid := range s.running {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
	s.mu.Unlock()
	endDescendants(s.reap)
}

// markers are those of the processes that run: by them the descendants are known that
// still work for one.
func (s *state) markers() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	markers := map[string]bool{}
	for _, p := range s.running {
		markers[p.marker] = true
	}
	return markers
}
