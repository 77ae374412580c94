//go:build unix

package up_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gone waits until a process is no more.
func gone(t *testing.T, what string, pid int) {
	t.Helper()
	there := func() bool {
		// Where nobody collects orphans one stays as a name.
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return syscall.Kill(pid, 0) == nil && (err != nil || !strings.Contains(string(stat), ") Z "))
	}
	for deadline := time.Now().Add(30 * time.Second); there(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s, %d, is still there", what, pid)
		}
	}
}

// No function outlives a session that was killed.
func TestUpKilled(t *testing.T) {
	dir := layTemplate(t)
	p := startUp(t, dir)
	var said struct{ PID int }
	if err := json.Unmarshal([]byte(p.get(p.next("ready").Data+"/script", 200, "pid")), &said); err != nil || said.PID == 0 {
		t.Fatal(said, err)
	}
	p.signal(syscall.SIGKILL)
	gone(t, "the process of a function", said.PID)
}
