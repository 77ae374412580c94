package local

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// Answers of 6 MB pass, in Node and in Python, and one byte more than Lambda takes is
// the function's error.
func TestLargeAnswers(t *testing.T) {
	for _, row := range []struct{ program, file, code, runtime string }{
		{"node", "index.js", "exports.handler = async (n) => 'x'.repeat(n);", "nodejs20.x"},
		{"python3", "app.py", "def handler(n, c):\n    return 'x' * n", "python3.11"},
	} {
		t.Run(row.program, func(t *testing.T) {
			needs.Program(t, row.program)
			g := run(t, Options{}, Function{Name: "f", Dir: files(t, "-- "+row.file+" --\n"+row.code+"\n"), Runtime: row.runtime, Timeout: 20 * time.Second, Memory: 512})
			for _, size := range []int{6 << 20, function.MaxPayload - 2} {
				if got := g.ask("f", strconv.Itoa(size)); len(got) != size+2 || strings.Trim(got, `"x`) != "" {
					t.Errorf("got %d bytes, want %d and quotes", len(got), size)
				}
			}
			want := fmt.Sprintf(`!{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size (%d bytes) exceeded maximum allowed payload size (6291556 bytes)."}`, function.MaxPayload+1)
			if got := g.ask("f", strconv.Itoa(function.MaxPayload-1)); got != want {
				t.Errorf("got %.200s, want %s", got, want)
			}
			if got := g.ask("f", "1"); got != `"x"` {
				t.Errorf("got %s afterwards", got)
			}
			if r, err := g.call("f", strings.Repeat(" ", function.MaxPayload-1)+"1"); err != nil || string(r.Payload) != `"x"` {
				t.Errorf("got %v for an event of 6 MB", err)
			}
		})
	}
}

// 200 invocations side by side are all answered, each with its own answer, by as many
// processes as there may be.
func TestManyAtOnce(t *testing.T) {
	needs.Program(t, "node")
	g := run(t, Options{}, Function{Name: "f", Dir: files(t, "-- index.mjs --\nexport const handler = async (n) => { await new Promise((r) => setTimeout(r, 5)); return [n, process.pid]; };\n"), Timeout: 30 * time.Second})
	var callers sync.WaitGroup
	var mu sync.Mutex
	processes := map[string]bool{}
	for n := range 200 {
		callers.Go(func() {
			got := g.ask("f", strconv.Itoa(n))
			number, pid, _ := strings.Cut(strings.Trim(got, "[]"), ",")
			mu.Lock()
			defer mu.Unlock()
			processes[pid] = true
			if number != strconv.Itoa(n) {
				t.Errorf("%d: got %s", n, got)
			}
		})
	}
	callers.Wait()
	if len(processes) > 10 {
		t.Errorf("%d processes, more than ten", len(processes))
	}
}

// An init phase that hangs is over after its limit and once more within the function's
// own timeout.
func TestInitThatHangs(t *testing.T) {
	for _, row := range []struct{ program, file, code, runtime string }{
		{"node", "index.mjs", "setInterval(() => {}, 1000); await new Promise(() => {}); export const handler = 1;", "nodejs20.x"},
		{"python3", "app.py", "import time\ntime.sleep(1000)", "python3.11"},
	} {
		t.Run(row.program, func(t *testing.T) {
			needs.Program(t, row.program)
			g := run(t, Options{}, Function{Name: "f", Dir: files(t, "-- "+row.file+" --\n"+row.code+"\n"), Runtime: row.runtime, Timeout: time.Second})
			g.initLimit = 300 * time.Millisecond
			r, err := g.call("f", "1")
			if want := `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + r.RequestID + ` Error: Task timed out after 1.00 seconds"}`; err != nil || string(r.Payload) != want {
				t.Errorf("got %v %s, want %s", err, r.Payload, want)
			}
			g.await("Phase: init\tStatus: timeout")
			g.await("Phase: invoke\tStatus: timeout")
		})
	}
}

// AWS's own runtime client for Go runs unchanged, in a folder that is compiled.
func TestLambdaForGo(t *testing.T) {
	needs.Program(t, "go")
	if testing.Short() {
		t.Skip("compiles a program")
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	line := func(begins string) string {
		_, after, _ := bytes.Cut(module, []byte("\n"+begins))
		after, _, _ = bytes.Cut(after, []byte("\n"))
		return strings.TrimLeft(begins, "\t") + string(after)
	}
	dir := files(t, "-- go.mod --\nmodule hello\n\n"+line("go ")+"\n\nrequire "+line("\tgithub.com/aws/aws-lambda-go ")+`
-- main.go --
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	switch e.RouteKey {
	case "fail":
		return events.APIGatewayV2HTTPResponse{}, errors.New("no")
	case "panic":
		panic("lost")
	}
	told, _ := lambdacontext.FromContext(ctx)
	deadline, ok := ctx.Deadline()
	fmt.Println("printed", lambdacontext.FunctionName)
	return events.APIGatewayV2HTTPResponse{StatusCode: 201, Body: fmt.Sprint(e.Body, told.InvokedFunctionArn, ok && !deadline.IsZero())}, nil
}

func main() { lambda.Start(handle) }
`)
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600); err != nil {
		t.Fatal(err)
	}
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Timeout: 2 * time.Minute})
	for event, want := range map[string]string{
		`{"body":"b"}`:         `{"statusCode":201,"headers":null,"multiValueHeaders":null,"body":"barn:aws:lambda:eu-west-1:123456789012:function:ftrue","cookies":null}`,
		`{"routeKey":"fail"}`:  `!{"errorMessage":"no","errorType":"errorString"}`,
		`{"routeKey":"panic"}`: `!{"errorMessage":"lost","errorType":"string","stackTrace":[`,
	} {
		if got := g.ask("f", event); got != want && !(strings.HasSuffix(want, "[") && strings.HasPrefix(got, want)) {
			t.Errorf("%s: got %s, want %s\n%s", event, got, want, g.log())
		}
	}
	g.await("printed f\n")
}

// What is streamed reaches whoever asks as it comes, and is collected for all others;
// an error that ends it is the answer.
func TestStreamedAnswers(t *testing.T) {
	needs.Program(t, "node")
	dir := files(t, "-- index.mjs --\nexport const handler = awslambda.streamifyResponse(async (event, out) => {\n  out.write('one ');\n  await new Promise((r) => setTimeout(r, 20));\n  if (event.fail) throw new RangeError('broke');\n  out.end('two');\n});\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Timeout: 20 * time.Second})
	stream := func(event string) (parts []string, r *function.Result) {
		t.Helper()
		r, err := g.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte(event), Stream: func(part []byte) error {
			parts = append(parts, string(part))
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return parts, r
	}
	if parts, r := stream(`{}`); strings.Join(parts, "") != "one two" || len(r.Payload) != 0 || r.Error != "" {
		t.Errorf("got %q and %s", parts, r.Payload)
	}
	if parts, r := stream(`{"fail":true}`); strings.Join(parts, "") != "one " || r.Error != "Unhandled" || !strings.HasPrefix(string(r.Payload), `{"errorType":"RangeError","errorMessage":"broke"`) {
		t.Errorf("got %q and %s of what fails", parts, r.Payload)
	}
	if got := g.ask("f", `{}`); got != "one two" {
		t.Errorf("got %s collected", got)
	}
	// Whoever goes away in the middle leaves the function as it is.
	gone := fmt.Errorf("gone")
	if _, err := g.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte("{}"), Stream: func([]byte) error { return gone }}); err == nil {
		t.Error("a caller who has gone was told nothing")
	}
	g.rest("f", 1)
	if got := g.ask("f", `{}`); got != "one two" {
		t.Errorf("got %s after somebody went away", got)
	}
}
