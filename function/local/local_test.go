package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/message"
)

// bootstrap is a runtime in a dozen lines: for each event it evaluates $on.
const bootstrap = `-- bootstrap --
#!/bin/bash
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
while true; do
  head=$(mktemp)
  event=$(curl -sS -o - -D $head $api/invocation/next) || exit 1
  id=$(grep -i '^lambda-runtime-aws-request-id:' $head | tr -d '\r' | cut -d' ' -f2)
  rm $head
  answer() { curl -sS -o /dev/null -X POST "$@"; }
  on
done
`

// shell is a function whose bootstrap does this for each event.
func shell(t *testing.T, on string, o ...func(*Function)) Function {
	t.Helper()
	needs.Program(t, "curl")
	needs.Program(t, "bash")
	dir := files(t, strings.Replace(bootstrap, "  on\n", "  "+on+"\n", 1))
	f := Function{Name: "f", Dir: dir, Runtime: "provided.al2023", Timeout: 20 * time.Second}
	for _, change := range o {
		change(&f)
	}
	return f
}

const echo = `answer $api/invocation/$id/response -d "$event"`

func TestBootstrap(t *testing.T) {
	for _, row := range []struct {
		name, on, want, log string
	}{
		{"answers", echo, `{"a":1}`, "REPORT RequestId: "},
		{"fails", `answer -H 'Lambda-Runtime-Function-Error-Type: Function.Bad' $api/invocation/$id/error -d '{"errorMessage":"m","errorType":"t"}'`, `!{"errorMessage":"m","errorType":"t"}`, "Status: error\tError Type: Function.Bad"},
		{"exits", `exit 7`, `!{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 7"}`, "Error Type: Runtime.ExitError"},
		{"is killed", `kill -9 $$`, `!{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: signal: killed"}`, ""},
		{"prints", `echo one; echo two >&2; printf three; ` + echo, `{"a":1}`, "one\ntwo\nthree\nEND RequestId: "},
		{"answers the wrong event", `curl -sS -X POST $api/invocation/other/response -d 1; ` + echo, `{"a":1}`, `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`},
		{"answers twice", echo + `; curl -sS -X POST $api/invocation/$id/response -d 1`, `{"a":1}`, `"errorType":"InvalidRequestID"`},
		{"answers too much", `head -c 6300000 /dev/zero | curl -sS -o /dev/null -X POST $api/invocation/$id/response --data-binary @-`, `!{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size (6300000 bytes) exceeded maximum allowed payload size (6291556 bytes)."}`, ""},
		{"tells an error in a trailer", `exec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/:/\/}; printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: api\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Body\r\n\r\n4\r\npart\r\n0\r\nLambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJtIn0=\r\n\r\n' $id >&3; head -n 1 <&3; exec 3>&-`, `!{"errorMessage":"m"}`, "HTTP/1.1 202 Accepted"},
		{"streams in an unknown mode", `curl -sS -H 'Lambda-Runtime-Function-Response-Mode: odd' $api/invocation/$id/response -d 1; curl -sS $api/invocation/$id/response -d '"again"'`, `"again"`, "InvalidFunctionResponseMode"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g := run(t, Options{}, shell(t, row.on))
			r, err := g.call("f", `{"a":1}`)
			if err != nil {
				t.Fatal(err)
			}
			got := string(r.Payload)
			if r.Error != "" {
				got = "!" + got
			}
			if got = strings.ReplaceAll(got, r.RequestID, "ID"); got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, g.log())
			}
			g.await(row.log)
		})
	}
}

func TestTimeout(t *testing.T) {
	g := run(t, Options{}, shell(t, `[ "$event" = 1 ] && sleep 1000; `+echo, func(f *Function) { f.Timeout = time.Second }))
	r, err := g.call("f", "1")
	if want := `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + r.RequestID + ` Error: Task timed out after 1.00 seconds"}`; err != nil || string(r.Payload) != want || r.Error != "Unhandled" {
		t.Errorf("got %v %s, want %s", err, r.Payload, want)
	}
	g.await("Task timed out after 1.00 seconds")
	g.await("Status: timeout")
	if got := g.ask("f", "2"); got != "2" {
		t.Errorf("got %s from the next process", got)
	}
}

// What a process has used is told when it is gone, too.
func TestMemoryOfWhatHasEnded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is watched on Linux alone")
	}
	g := run(t, Options{}, shell(t, `exit 7`))
	if got := g.ask("f", "1"); !strings.Contains(got, "exit status 7") {
		t.Errorf("got %s", got)
	}
	g.await("Error Type: Runtime.ExitError")
	if log := g.log(); !strings.Contains(log, "Max Memory Used: ") || strings.Contains(log, "Max Memory Used: 0 MB") {
		t.Errorf("it is not told: %s", log)
	}
}

// The init phase has its own limit, and is tried again.
func TestInitThatFails(t *testing.T) {
	f := shell(t, echo)
	write(t, f.Dir, "-- bootstrap --\n#!/bin/bash\n[ -e tried ] || { touch tried; echo first; exit 5; }\nexec ./real\n")
	write(t, f.Dir, strings.Replace(strings.Replace(bootstrap, "-- bootstrap --", "-- real --", 1), "  on\n", "  "+echo+"\n", 1))
	if err := os.Chmod(filepath.Join(f.Dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	g := run(t, Options{}, f)
	if got := g.ask("f", `"again"`); got != `"again"` {
		t.Errorf("got %s, want the answer of the second process", got)
	}
	if log := g.log(); !strings.HasPrefix(log, "first\nINIT_REPORT Init Duration: ") || !strings.Contains(log, "Phase: init\tStatus: error\tError Type: Runtime.ExitError") {
		t.Errorf("got %s", log)
	}
}

// Processes are used again, one invocation at a time, and no more than allowed.
func TestConcurrency(t *testing.T) {
	g := run(t, Options{Concurrency: 3}, shell(t, `sleep 0.05; answer $api/invocation/$id/response -d $$`))
	seen := map[string]int{}
	var mu sync.Mutex
	var callers sync.WaitGroup
	for range 30 {
		callers.Go(func() {
			pid := g.ask("f", "1")
			mu.Lock()
			defer mu.Unlock()
			seen[pid]++
		})
	}
	callers.Wait()
	if len(seen) > 3 {
		t.Errorf("got answers of %d processes, want 3 at most: %v", len(seen), seen)
	}
	// A caller in line leaves when its time is over.
	g.Runner.pool("f").slots <- struct{}{}
	g.Runner.pool("f").slots <- struct{}{}
	g.Runner.pool("f").slots <- struct{}{}
	if _, err := g.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte("1"), Timeout: 20 * time.Millisecond}); !errors.Is(err, message.ErrTimeout) {
		t.Errorf("got %v, want a timeout in line", err)
	}
	for range 3 {
		<-g.Runner.pool("f").slots
	}
}

func TestReservedConcurrency(t *testing.T) {
	none := 0
	g := run(t, Options{}, shell(t, echo, func(f *Function) { f.Reserved = &none }))
	_, err := g.call("f", "1")
	refusal, ok := errors.AsType[*function.Refusal](err)
	if !ok || refusal.Status != 429 || refusal.Type != "TooManyRequestsException" || refusal.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" || !errors.Is(err, message.ErrThrottled) {
		t.Errorf("got %v, want 429", err)
	}
}

// What changes in a folder is what the next invocation runs, and no call is lost.
func TestHotChange(t *testing.T) {
	needs.Program(t, "node")
	dir := files(t, "-- index.js --\nconst { say } = require('./lib/say');\nexports.handler = async () => say;\n-- lib/say.js --\nexports.say = 0;\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Runtime: "nodejs20.x", Timeout: 20 * time.Second})
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := g.ask("f", "1"); len(got) != 1 {
					t.Errorf("got %s while files changed", got)
				}
			}
		})
	}
	for version := 1; version <= 3; version++ {
		write(t, dir, fmt.Sprintf("-- lib/new.js --\nexports.say = %d;\n", version))
		if err := os.Rename(filepath.Join(dir, "lib/new.js"), filepath.Join(dir, "lib/say.js")); err != nil { // as editors save
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		if got := g.ask("f", "1"); got != fmt.Sprint(version) {
			t.Errorf("got %s after the change to %d", got, version)
		}
	}
	close(stop)
	callers.Wait()
}

// Python believes what it has compiled by the second and the size of its source; a change
// that shows in neither is run all the same, and nothing is written beside the code.
func TestHotChangeOfPython(t *testing.T) {
	needs.Program(t, "python3")
	dir := files(t, "-- app.py --\nimport said\ndef handler(e, c):\n    return said.what\n-- said.py --\nwhat = 0\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Runtime: "python3.11", Timeout: 20 * time.Second})
	second := time.Now().Truncate(time.Second)
	for version := range 4 {
		write(t, dir, fmt.Sprintf("-- said.py --\nwhat = %d\n", version))
		at := second.Add(time.Duration(version) * time.Millisecond)
		if err := os.Chtimes(filepath.Join(dir, "said.py"), at, at); err != nil {
			t.Fatal(err)
		}
		if got := g.ask("f", "1"); got != fmt.Sprint(version) {
			t.Errorf("got %s, want %d", got, version)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "__pycache__")); err == nil {
		t.Error("it has written beside the code")
	}
}

// What has to be built is built before anybody asks, and what is wrong with it is told.
func TestBuildsBeginAtOnce(t *testing.T) {
	needs.Program(t, "make", "--version")
	needs.Program(t, "bash")
	good := files(t, "-- Makefile --\nbuild-good:\n\techo x >> $(CURDIR)/../../told || true\n\tprintf '#!/bin/sh\\nexit 3' > $(ARTIFACTS_DIR)/bootstrap; chmod +x $(ARTIFACTS_DIR)/bootstrap\n")
	bad := files(t, "-- Makefile --\nbuild-bad:\n\techo nothing to be had >&2; exit 1\n")
	g := run(t, Options{}, Function{Name: "bad", Dir: bad, Build: Build{Method: "makefile"}, Runtime: "provided"}, Function{Name: "good", Dir: good, Build: Build{Method: "makefile"}, Runtime: "provided"})
	g.await("nothing to be had")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if told, err := os.ReadFile(filepath.Join(g.folder, "told")); err == nil && string(told) == "x\n" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not built")
		}
	}
	if got := g.ask("good", "1"); !strings.Contains(got, "exit status 3") {
		t.Errorf("got %s", got)
	}
	if told, _ := os.ReadFile(filepath.Join(g.folder, "told")); string(told) != "x\n" {
		t.Errorf("it was built again: %q", told)
	}
}

func TestFolderWithGo(t *testing.T) {
	needs.Program(t, "go")
	if testing.Short() {
		t.Skip("compiles a program")
	}
	dir := files(t, `-- go.mod --
module hello
go 1.21
-- main.go --
package main

import ("bytes"; "fmt"; "io"; "net/http"; "os")

func main() {
	at := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		r, err := http.Get(at + "next")
		if err != nil { panic(err) }
		event, _ := io.ReadAll(r.Body)
		http.Post(at + r.Header.Get("Lambda-Runtime-Aws-Request-Id") + "/response", "application/json", bytes.NewReader([]byte(fmt.Sprintf("%q", event))))
	}
}
`)
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Timeout: 60 * time.Second})
	if got := g.ask("f", "1"); got != `"1"` {
		t.Fatalf("got %s", got)
	}
	write(t, dir, "-- main.go --\npackage main\nfunc main() { nothing }\n")
	time.Sleep(50 * time.Millisecond)
	if got := g.ask("f", "1"); !strings.Contains(got, "undefined: nothing") {
		t.Errorf("got %s, want the compiler's message", got)
	}
}

func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is watched on Linux alone")
	}
	needs.Program(t, "python3")
	dir := files(t, "-- app.py --\nimport time\ndef handler(event, context):\n    x = bytearray(300 << 20)\n    time.sleep(10)\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Runtime: "python3.12", Timeout: 20 * time.Second})
	if got := g.ask("f", "1"); !strings.HasPrefix(got, `!{"errorType":"Runtime.OutOfMemory"`) {
		t.Errorf("got %s", got)
	}
	g.await("Error Type: Runtime.OutOfMemory")
}

// A process that nobody needs ends.
func TestIdleProcessesEnd(t *testing.T) {
	g := run(t, Options{Idle: 20 * time.Millisecond}, shell(t, `answer $api/invocation/$id/response -d $$`))
	first := g.ask("f", "1")
	for range 1000 {
		if _, err := os.Stat("/proc/" + first); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("process %s is still there", first)
}

// Processes that are ended say nothing of it: neither when their files have changed, nor
// when the gateway goes.
func TestProcessesEndWithoutAWord(t *testing.T) {
	needs.Program(t, "node")
	const code = "-- index.js --\nexports.handler = async () => { await new Promise((r) => setTimeout(r, 300)); return %d; };\n"
	dir := files(t, fmt.Sprintf(code, 0))
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Runtime: "nodejs20.x", Timeout: 20 * time.Second})
	for i := range 2 {
		write(t, dir, fmt.Sprintf(code, 10+i))
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if got := g.ask("f", "1"); got != fmt.Sprint(10+i) {
					t.Errorf("got %s", got)
				}
			})
		}
		callers.Wait()
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(g.log(), "\n") {
		if !strings.HasPrefix(line, "START ") && !strings.HasPrefix(line, "END ") && !strings.HasPrefix(line, "REPORT ") {
			t.Errorf("logged: %s", line)
		}
	}
}

func TestEvents(t *testing.T) {
	g := run(t, Options{}, shell(t, `echo "event $event"; `+echo))
	for kind, status := range map[string]int{"Event": 202, "DryRun": 204} {
		r, err := g.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte("42"), Header: message.Header{{Name: "X-Amz-Invocation-Type", Value: kind}}})
		if err != nil || r.Status != status || len(r.Payload) != 0 {
			t.Errorf("%s: got %v %+v, want %d", kind, err, r, status)
		}
	}
	g.await("event 42")
}

func TestCallsThatAreRefused(t *testing.T) {
	g := run(t, Options{}, shell(t, echo))
	if _, err := g.call("other", "1"); !errors.Is(err, message.ErrConfiguration) {
		t.Errorf("got %v for a function that is not there", err)
	}
	if _, err := g.call("f", strings.Repeat("x", function.MaxPayload+1)); !errors.Is(err, message.ErrTooLarge) {
		t.Errorf("got %v for a payload that is too large", err)
	}
	if got := g.ask("arn:aws:lambda:eu-west-1:123456789012:function:f", `"arn"`); got != `"arn"` {
		t.Errorf("got %s by ARN", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Invoke(ctx, &function.Call{Function: "f", Payload: []byte("1")}); !errors.Is(err, message.ErrCanceled) && err != nil {
		t.Errorf("got %v for a caller that has gone", err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := g.call("f", "1"); !errors.Is(err, message.ErrCanceled) {
		t.Errorf("got %v after Close", err)
	}
}

func TestParse(t *testing.T) {
	dir := files(t, "-- bootstrap --\n-- node/index.mjs --\n-- node/api/app.js --\n-- node/lib/index.js --\n-- python/lambda_function.py --\n-- python/pkg/mod.py --\n-- python/pkg/__init__.py --\n-- at@home/index.js --\n-- none/x --\n-- made/Makefile --\n.PHONY: build-x\nOPTIONS := build-y:\nall build-f : x\n\techo build-z:\nbuild-many-%:\n")
	for _, row := range []struct{ text, handler, runtime, fault string }{
		{"f=" + dir, "bootstrap", "provided.al2023", ""},
		{"f=" + dir + "/node", "index.handler", "nodejs", ""},
		{"f=" + dir + "/node#api/app.main", "api/app.main", "nodejs", ""},
		{"f=" + dir + "/node#api/app.main@nodejs18.x", "api/app.main", "nodejs18.x", ""},
		{"f=" + dir + "/python", "lambda_function.lambda_handler", "python3.", ""},
		{"f=" + dir + "/node#lib.handler", "lib.handler", "nodejs", ""},
		{"f=" + dir + "/python#pkg.mod.fn", "pkg.mod.fn", "python3.", ""},
		{"f=" + dir + "/python#pkg/mod.fn", "pkg/mod.fn", "python3.", ""},
		{"f=" + dir + "/python#pkg.fn", "pkg.fn", "python3.", ""},
		{"f=" + dir + "/at@home", "index.handler", "nodejs", ""},
		{"f=" + dir + "/none", "", "", "nothing in"},
		{"f=" + dir + "/made", "bootstrap", "provided.al2023", ""},
		{"many-1=" + dir + "/made", "bootstrap", "provided.al2023", ""},
		{"x=" + dir + "/made", "", "", "nor a Makefile for it"},
		{"y=" + dir + "/made", "", "", "nor a Makefile for it"},
		{"z=" + dir + "/made", "", "", "nor a Makefile for it"},
		{"f=" + dir + "/absent", "", "", "no such file"},
		{"f=" + dir + "/none/x", "", "", "is no folder"},
		{"f", "", "", "want NAME=DIR"},
		{"a b=" + dir, "", "", "is no name of a function"},
	} {
		f, err := Parse(row.text)
		switch {
		case row.fault != "" && (err == nil || !strings.Contains(err.Error(), row.fault)):
			t.Errorf("%s: got %v, want %q", row.text, err, row.fault)
		case row.fault == "" && (err != nil || f.Handler != row.handler || !strings.HasPrefix(f.Runtime, row.runtime)):
			t.Errorf("%s: got %s %s %v, want %s %s", row.text, f.Handler, f.Runtime, err, row.handler, row.runtime)
		}
	}
}
