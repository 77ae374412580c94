//go:build unix

package up_test

import (
	"encoding/json"
	"syscall"
	"testing"
	"time"
)

// No function outlives a session that was killed.
func TestUpKilled(t *testing.T) {
	dir := layTemplate(t)
	p := startUp(t, dir)
	var said struct{ PID int }
	if err := json.Unmarshal([]byte(p.get(p.next("ready").Data+"/script", 200, "pid")), &said); err != nil || said.PID == 0 {
		t.Fatal(said, err)
	}
	p.signal(syscall.SIGKILL)
	for deadline := time.Now().Add(20 * time.Second); syscall.Kill(said.PID, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the process %d of a function is still there", said.PID)
		}
	}
}
