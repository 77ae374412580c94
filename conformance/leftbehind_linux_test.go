package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// Nothing that a gateway has started for its functions outlives it, however it ends:
// neither a process with what has left its session, nor a build that is under way, nor,
// once another gateway starts, a file.
func TestNothingIsLeftBehind(t *testing.T) {
	leftOut(t)
	needs.Program(t, "python3")
	needs.Program(t, "make")
	dir, built := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "app.py"), []byte(
		"import os, subprocess\ndef handler(e, c):\n    child = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n    return [os.getpid(), child.pid, os.getppid()]\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(built, "Makefile"), []byte("build-built:\n\techo $$$$ > '"+built+"/pid.new'; mv '"+built+"/pid.new' '"+built+"/pid'; sleep 1000\n"), 0o600))
	start := func() *process {
		t.Helper()
		p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "",
			"--function", "talk="+dir, "--function", "built="+built+"@provided.al2023"))
		must(t, err)
		return p
	}
	invoke := func(p *process, name, kind string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+p.management+"/2015-03-31/functions/"+name+"/invocations", strings.NewReader("{}"))
		must(t, err)
		request.Header.Set("X-Amz-Invocation-Type", kind)
		answer, err := http.DefaultClient.Do(request)
		must(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		must(t, err)
		return string(text)
	}
	gone := func(what string, pid int) {
		t.Helper()
		eventually(t, fmt.Sprintf("%s, %d, is gone", what, pid), func() bool {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			return err != nil || strings.Contains(string(stat), ") Z ")
		})
	}
	for _, row := range []struct {
		name     string
		guardian bool
	}{{"kill -9 of the gateway", false}, {"kill -9 of the gateway and of what guards its functions", true}} {
		t.Run(row.name, func(t *testing.T) {
			_ = os.Remove(filepath.Join(built, "pid"))
			p := start()
			var pids [3]int // of the function, of its child, of the guardian
			must(t, json.Unmarshal([]byte(invoke(p, "talk", "RequestResponse")), &pids))
			t.Cleanup(func() { _ = syscall.Kill(pids[1], syscall.SIGKILL) })
			invoke(p, "built", "Event")
			var text []byte
			eventually(t, "the build is under way", func() bool {
				var err error
				text, err = os.ReadFile(filepath.Join(built, "pid"))
				return err == nil
			})
			build, err := strconv.Atoi(strings.TrimSpace(string(text)))
			must(t, err)
			_ = p.Process.Kill()
			if row.guardian {
				_ = syscall.Kill(pids[2], syscall.SIGKILL)
			}
			<-p.exited
			gone("the function", pids[0])
			if !row.guardian { // a child of the function's alone has nobody then who knows of it
				gone("its child", pids[1])
				gone("the build", build)
			}
			folders := filepath.Join(os.TempDir(), fmt.Sprintf("dragoman-functions-%d-*", p.Process.Pid))
			start()
			if left, _ := filepath.Glob(folders); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
