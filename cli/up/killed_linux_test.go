package up_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// No build that is under way outlives a session that was killed: neither go build with what it has started, nor make
// with what has left its session.
func TestUpKilledWhileItBuilds(t *testing.T) {
	needs.Program(t, "go")
	needs.Program(t, "make")
	needs.Program(t, "sh")
	dir, told := filepath.Join(t.TempDir(), "built"), t.TempDir()
	// A compiler that never ends.
	place(t, told, map[string]string{"compile": "#!/bin/sh\necho $$ $PPID > " + told + "/go.new; mv " + told + "/go.new " + told + "/go\nexec sleep 1000\n"})
	if err := os.Chmod(filepath.Join(told, "compile"), 0o700); err != nil {
		t.Fatal(err)
	}
	const function = "Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, Handler: bootstrap, "
	place(t, dir, map[string]string{
		"template.yaml":   "Resources:\n  Compiled: {" + function + "CodeUri: compiled}, Metadata: {BuildMethod: go1.x}}\n  Made: {" + function + "CodeUri: made}, Metadata: {BuildMethod: makefile}}\n",
		"compiled/go.mod": "module compiled\n", "compiled/main.go": "package main\n\nfunc main() {}\n",
		"made/Makefile": "build-Made:\n\tsetsid sleep 1000 & echo $$! $$PPID > " + told + "/make.new; mv " + told + "/make.new " + told + "/make; wait\n",
	})
	t.Setenv("GOFLAGS", "-toolexec="+filepath.Join(told, "compile"))
	p := startUp(t, dir)
	ready := p.next("ready")
	for _, f := range ready.Functions { // both at once, whichever of them is built first
		request, err := http.NewRequestWithContext(t.Context(), "POST", ready.Management+"/2015-03-31/functions/"+f.Name+"/invocations", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Invocation-Type", "Event")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	pids := map[string][]string{}
	for deadline := time.Now().Add(time.Minute); len(pids) < 2; time.Sleep(10 * time.Millisecond) {
		for _, tool := range []string{"go", "make"} {
			if text, err := os.ReadFile(filepath.Join(told, tool)); err == nil {
				pids[tool] = strings.Fields(string(text))
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("only these builds are under way: %v\n%s", pids, p.stderr)
		}
	}
	p.signal(syscall.SIGKILL)
	for tool, all := range pids {
		for _, text := range all {
			pid, err := strconv.Atoi(text)
			if err != nil || pid < 2 {
				t.Fatalf("%s: %q is no process", tool, text)
			}
			gone(t, "a process of "+tool, pid)
		}
	}
}
