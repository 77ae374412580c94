package local

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// lookAtMemory is how often the memory of a process at work is looked at.
// Lambda's machines have the memory that is configured and no more. A limit of the
// kernel's would need rights over control groups, and one of addresses (RLIMIT_AS) stops
// Node at its start; so it is looked at.
const lookAtMemory = 100 * time.Millisecond

// memory watches how much a process has.
type memory struct {
	beyond chan struct{} // closed when it is more than its function may have
	over   chan struct{}
}

// watchMemory watches while an invocation is under way.
func (p *process) watchMemory() *memory {
	m := &memory{make(chan struct{}), make(chan struct{})}
	limit := int64(p.pool.function.Memory) << 20
	p.pool.runner.tasks.Go("watching a function's memory", func() {
		tick := time.NewTicker(lookAtMemory)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if resident(p.child.Pid) > limit {
					close(m.beyond)
					return
				}
			case <-m.over:
				return
			}
		}
	})
	return m
}

func (m *memory) stop() { close(m.over) }

// most is the most memory that the process has had, in bytes.
func (p *process) most() int64 {
	if n := fromStatus(p.child.Pid, "VmHWM:"); n > 0 {
		return n
	}
	// The kernel forgets it with the process, and tells who waits for that.
	late := time.NewTimer(ending)
	defer late.Stop()
	select {
	case <-p.child.Done():
		return p.child.Exit().MaxRSS
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
func resident(pid int) int64 { return fromStatus(pid, "RssAnon:") }

// fromStatus reads a line of proc_pid_status(5), which is in KiB.
func fromStatus(pid int, name string) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, after, ok := bytes.Cut(text, []byte("\n"+name))
	if !ok {
		return 0
	}
	fields := bytes.Fields(after[:min(len(after), 64)])
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
