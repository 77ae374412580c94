package measured

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// CPU is the CPU time of a process, user and system, from /proc; 0 where there is none.
func CPU(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / 100 // USER_HZ
}

// Resident is the memory of a process in bytes, from /proc; 0 where there is none.
func Resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// LoadAverage is how busy the machine is, the last minute's, as /proc/loadavg has it.
func LoadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// Self runs this program once more, with other arguments, until it is stopped: what is under load
// is a process of its own, whose CPU and memory can be told from those of the load. It answers
// the line by which that says where it listens. It ends with its standard input.
func Self(args ...string) (line string, pid int, stop func(), err error) {
	path, err := os.Executable()
	if err != nil {
		return "", 0, nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", 0, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", 0, nil, err
	}
	stop = func() { in.Close(); _ = cmd.Wait() }
	if line, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		stop()
		return "", 0, nil, fmt.Errorf("it did not say where it listens: %w", err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid, stop, nil
}
