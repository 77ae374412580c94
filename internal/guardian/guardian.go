package guardian

import (
	"errors"
	"os"
	"sync"
)

// ErrClosed says that a guardian was closed: it starts nothing any more.
var ErrClosed = errors.New("the guardian of processes is closed")

// Command is a process to be started. Its standard input is empty.
type Command struct {
	Path string   // of the program
	Args []string // the program's own name first
	Env  []string // NAME=value, all of it
	Dir  string
	// Output is the process's standard output and error. It is the caller's again
	// once the process was started.
	Output *os.File
	// Marker is a NAME=value of Env that no other process has. Descendants that left
	// the process's group are known by it.
	Marker string
}

// Exit is how a process ended.
type Exit struct {
	Code   int    // -1 when a signal ended it, or nobody knows how it ended
	Signal string // such as "killed"; "" for none
	MaxRSS int64  // the most memory that it had at a time, in bytes; 0 when not known
}

// Process is one that was started. It is safe for concurrent use.
type Process struct {
	Pid  int
	kill func()

	once sync.Once
	done chan struct{}
	exit Exit // once done is closed
}

// newProcess is one that has not ended; kill is added by who can.
func newProcess() *Process { return &Process{done: make(chan struct{})} }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit tells how the process ended; ask it after Done.
func (p *Process) Exit() Exit {
	<-p.done
	return p.exit
}

// Kill ends the process and its group. It does not wait.
func (p *Process) Kill() { p.kill() }

// ended tells of the end, once: of a guardian that is gone and of its last report the
// first counts.
func (p *Process) ended(e Exit) {
	p.once.Do(func() {
		p.exit = e
		close(p.done)
	})
}
