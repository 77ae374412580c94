package guardian

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adopt makes the guardian the parent of descendants whose parents end.
func adopt() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// attributes are how processes are started: each in its own group, and to be killed
// with the guardian should somebody kill that.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// memoryOf is what Linux counts in KiB.
func memoryOf(u *syscall.Rusage) int64 { return u.Maxrss << 10 }

// endOrphans kills children of the guardian's that it did not start, unless they
// carry the marker of a process that runs: then they are at work for it.
func (s *state) endOrphans() {
	markers := s.markers()
	for _, pid := range childrenOf(os.Getpid()) {
		s.mu.Lock()
		_, known := s.running[pid]
		s.mu.Unlock()
		if known || atWork(pid, markers) {
			continue
		}
		kill(pid)
	}
}

// atWork tells whether a process has one of the markers in its environment.
func atWork(pid int, markers map[string]bool) bool {
	environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false
	}
	for variable := range bytes.SplitSeq(environment, []byte{0}) {
		if markers[string(variable)] {
			return true
		}
	}
	return false
}

// kill kills a process and its descendants, children first: an orphan's children
// would be the guardian's next.
func kill(pid int) {
	for _, child := range childrenOf(pid) {
		kill(child)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// endDescendants kills until there is nobody left.
func endDescendants(reap func()) {
	for range 500 {
		reap()
		children := childrenOf(os.Getpid())
		if len(children) == 0 {
			return
		}
		for _, pid := range children {
			kill(pid)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// childrenOf are the children of all threads of a process.
func childrenOf(pid int) (children []int) {
	threads, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return nil
	}
	for _, thread := range threads {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + thread.Name() + "/children")
		if err != nil {
			return childrenByStat(pid)
		}
		for field := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

// childrenByStat looks through all processes, for kernels that keep no lists of
// children (CONFIG_PROC_CHILDREN).
func childrenByStat(pid int) (children []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		child, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		// proc(5): the name in parentheses may hold anything; state and parent follow it.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			children = append(children, child)
		}
	}
	return children
}
