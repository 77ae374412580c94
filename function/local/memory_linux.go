package local

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/guardian"
)

// memory is what a process has, as the kernel tells it. It is for one goroutine at a time.
type memory struct {
	child  *guardian.Process
	status *os.File      // proc_pid_status(5); it is of this process, whoever has its number later. nil: it has gone
	text   [4 << 10]byte // that was read last
}

func memoryOf(child *guardian.Process) *memory {
	status, _ := os.Open("/proc/" + strconv.Itoa(child.Pid) + "/status")
	return &memory{child: child, status: status}
}

func (m *memory) close() { _ = m.status.Close() } // of nil it is an error and nothing more

// most is the most memory that the process has had, in bytes.
func (m *memory) most() int64 {
	if n := m.read("VmHWM:"); n > 0 {
		return n
	}
	// The kernel forgets it with the process, and tells who waits for that.
	late := time.NewTimer(ending)
	defer late.Stop()
	select {
	case <-m.child.Done():
		return m.child.Exit().MaxRSS
	case <-late.C:
		return 0
	}
}

// ending is how long a report waits for the end of a process that was killed.
const ending = 250 * time.Millisecond

// resident is the memory that a process has, without what it shares with a file or
// another process: a runtime's own program is not a function's memory.
// Documented: AWS Lambda Developer Guide, Configure Lambda function memory: it is what the
// function may use.
func (m *memory) resident() int64 { return m.read("RssAnon:") }

// read reads a line of the status, which is in KiB; 0 of a process that has gone.
func (m *memory) read(name string) int64 {
	n, _ := m.status.ReadAt(m.text[:], 0) // which ends before the room does
	_, after, ok := bytes.Cut(m.text[:n], []byte("\n"+name))
	if !ok {
		return 0
	}
	fields := bytes.Fields(after[:min(len(after), 64)])
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
