package local

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/message"
)

// said is a function that answers with its own variable, its process and its version.
const said = `[ "$event" = '"slow"' ] && { touch $MARK; while [ -e $MARK ]; do sleep 0.01; done; }; answer $api/invocation/$id/response -d "\"$SAY $$ $AWS_LAMBDA_FUNCTION_VERSION\""`

// Functions come, go and change while they are invoked, and nobody loses a call.
func TestReplace(t *testing.T) {
	mark := t.TempDir() + "/under-way"
	f := shell(t, said, func(f *Function) { f.Env = map[string]string{"SAY": "one", "MARK": mark} })
	other := shell(t, echo, func(f *Function) { f.Name = "other" })
	g := run(t, Options{}, f)
	replace := func(functions ...Function) {
		t.Helper()
		if err := g.Replace(functions...); err != nil {
			t.Fatal(err)
		}
	}
	first := g.ask("f", "1")
	g.rest("f", 1)
	replace(f, other)
	if again := g.ask("f", "1"); again != first {
		t.Errorf("got %s after %s: a function that did not change has lost its process", again, first)
	}
	g.rest("f", 1)
	if got := g.ask("other", "2"); got != "2" {
		t.Errorf("got %s of a function that has come", got)
	}

	slow := make(chan string)
	go func() { slow <- g.ask("f", `"slow"`) }()
	for !exists(mark) {
		time.Sleep(time.Millisecond)
	}
	changed := f
	changed.Env = map[string]string{"SAY": "two", "MARK": mark}
	replace(changed)
	if got := g.ask("f", "1"); !strings.HasPrefix(got, `"two `) {
		t.Errorf("got %s after the change", got)
	}
	if err := os.Remove(mark); err != nil {
		t.Fatal(err)
	}
	if got := <-slow; got != first {
		t.Errorf("got %s of what was under way on %s", got, first)
	}

	broken := changed
	broken.Memory = 1
	for _, faulty := range [][]Function{{broken}, {changed, changed}, {{Name: "f", Dir: "/nothing"}}} {
		if g.Replace(faulty...) == nil {
			t.Errorf("%v was taken", faulty)
		}
	}
	if got := g.ask("f", "1"); !strings.HasPrefix(got, `"two `) {
		t.Errorf("got %s after what was refused", got)
	}
	replace()
	if _, err := g.call("f", "1"); refusalOf(err).Type != "ResourceNotFoundException" {
		t.Errorf("got %v of a function that has gone", err)
	}
	if g.Has("f") || len(g.Functions()) != 0 {
		t.Errorf("functions are left: %v", g.Functions())
	}
}

// Whoever stands in line is served by what the function has become.
func TestReplaceWhileCallersWait(t *testing.T) {
	f := shell(t, said, func(f *Function) { f.Env = map[string]string{"SAY": "one"} })
	g := run(t, Options{Concurrency: 1}, f)
	old := g.Runner.pool("f")
	old.slots <- struct{}{}
	answered := make(chan string)
	go func() { answered <- g.ask("f", "1") }()
	time.Sleep(20 * time.Millisecond) // in line, or about to be
	f.Env = map[string]string{"SAY": "two"}
	if err := g.Replace(f); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; !strings.HasPrefix(got, `"two `) {
		t.Errorf("got %s, want an answer of what the function is now", got)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func refusalOf(err error) *function.Refusal {
	if r, ok := errors.AsType[*function.Refusal](err); ok {
		return r
	}
	return &function.Refusal{}
}

// Versions and aliases are those that were declared; without any, all are taken, but for a
// function that is defined by a template.
func TestQualifiers(t *testing.T) {
	f := shell(t, said, func(f *Function) {
		f.LogicalID, f.Versions, f.Aliases = "Talk", []string{"1", "2"}, map[string]string{"live": "2", "next": "$LATEST"}
	})
	free := shell(t, echo, func(f *Function) { f.Name = "free" })
	defined := shell(t, echo, func(f *Function) { f.Name, f.Defined = "defined", true })
	twins := []Function{shell(t, echo, func(f *Function) { f.Name, f.LogicalID = "a", "Twin" }), shell(t, echo, func(f *Function) { f.Name, f.LogicalID = "b", "Twin" })}
	g := run(t, Options{}, f, free, defined, twins[0], twins[1])
	const arn = "arn:aws:lambda:eu-west-1:123456789012:function:"
	for name, want := range map[string]string{
		"f": "$LATEST", "f:$LATEST": "$LATEST", "f:1": "1", "f:live": "2", arn + "f:next": "$LATEST", "123456789012:function:f:live": "2",
		"Talk": "$LATEST", "Talk:live": "2", "free:any": "$LATEST",
		"defined": "$LATEST", "defined:$LATEST": "$LATEST", "defined:nope": "", "f:3": "", "f:dead": "", "Twin": "", "talk": "",
	} {
		r, err := g.call(name, `1`)
		switch {
		case want == "" && (refusalOf(err).Status != 404 || !strings.HasPrefix(refusalOf(err).Message, "Function not found: ")):
			t.Errorf("%s: got %v, want 404", name, err)
		case want != "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case want != "" && r.Version != want:
			t.Errorf("%s: got version %s, want %s", name, r.Version, want)
		case want != "" && !strings.Contains(name, "free") && !strings.Contains(name, "defined") && !strings.HasSuffix(string(r.Payload), " "+want+`"`):
			t.Errorf("%s: got %s, want the function to know its version %s", name, r.Payload, want)
		}
	}
}

func TestDefinitionsAreChecked(t *testing.T) {
	three, less := 3, -1
	good := shell(t, echo)
	for want, change := range map[string]func(*Function){
		"3 retries of events":        func(f *Function) { f.Events = []Events{{Retries: &three}} },
		"events of an age of 1s":     func(f *Function) { f.Events = []Events{{Age: time.Second}} },
		"a reserved concurrency of":  func(f *Function) { f.Reserved = &less },
		"its alias live leads to":    func(f *Function) { f.Aliases = map[string]string{"live": "1"} },
		"is Lambda's own":            func(f *Function) { f.Env = map[string]string{"AWS_REGION": "x"} },
		"its layer 1: ":              func(f *Function) { f.Layers = []Layer{{Dir: "/nothing/here"}} },
		"want 1 to 900 seconds":      func(f *Function) { f.Timeout = time.Hour },
		"is no name of a function: ": func(f *Function) { f.Name = "a b" },
	} {
		f := good
		change(&f)
		if _, err := New(Options{}, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Events are tried as often as the function says, each time with the same id.
func TestEventsAreTriedAgain(t *testing.T) {
	for _, row := range []struct{ retries, tries int }{{0, 1}, {1, 2}, {2, 3}} {
		t.Run(fmt.Sprint(row.tries), func(t *testing.T) {
			t.Parallel()
			g := run(t, Options{}, shell(t, `echo "try $id"; answer $api/invocation/$id/error -d '{}'`, func(f *Function) {
				f.Events = []Events{{Qualifier: "other", Retries: new(int)}, {Retries: &row.retries}}
			}))
			g.pause = time.Millisecond
			r, err := g.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte("1"), Header: message.Header{{Name: "X-Amz-Invocation-Type", Value: "Event"}}})
			if err != nil {
				t.Fatal(err)
			}
			g.await(fmt.Sprintf("the event has failed and is dropped after %d tries", row.tries))
			if n := strings.Count(g.log(), "try "+r.RequestID+"\n"); n != row.tries {
				t.Errorf("got %d tries, want %d:\n%s", n, row.tries, g.log())
			}
		})
	}
}

// An event outlives a change of its function, which then gets it.
func TestEventsReachWhatTheirFunctionIs(t *testing.T) {
	f := shell(t, `echo "$SAY"; answer $api/invocation/$id/error -d '{}'`, func(f *Function) { f.Env = map[string]string{"SAY": "one"} })
	g := run(t, Options{}, f)
	g.pause = 300 * time.Millisecond
	if _, err := g.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte("1"), Header: message.Header{{Name: "X-Amz-Invocation-Type", Value: "Event"}}}); err != nil {
		t.Fatal(err)
	}
	g.await("one\nEND")
	f.Env = map[string]string{"SAY": "two"}
	if err := g.Replace(f); err != nil {
		t.Fatal(err)
	}
	g.await("two\nEND")
}

// What Lambda itself logs is JSON where the function's lines are.
func TestLinesOfThePlatformAsJSON(t *testing.T) {
	logging := func(system string) func(*Function) {
		return func(f *Function) { f.Logging = Logging{JSON: true, System: system, Group: "/mine"} }
	}
	g := run(t, Options{}, shell(t, `[ "$event" = 1 ] || exit 1; echo $AWS_LAMBDA_LOG_FORMAT $AWS_LAMBDA_LOG_GROUP_NAME; `+echo, logging("")))
	g.ask("f", "1")
	g.await(`"type":"platform.start","record":{"requestId":"`)
	g.await("JSON /mine\n")
	g.await(`"status":"success"}}`)
	g.ask("f", "2")
	g.await(`"type":"platform.report","record":{"errorType":"Runtime.ExitError","metrics":{"billedDurationMs":`)
	if log := g.log(); strings.Contains(log, "START RequestId") || strings.Contains(log, "\nREPORT") {
		t.Errorf("lines are no JSON:\n%s", log)
	}
	quiet := run(t, Options{}, shell(t, echo, logging("WARN")))
	quiet.ask("f", "1")
	if log := quiet.log(); strings.Contains(log, "platform.") {
		t.Errorf("got %s at WARN", log)
	}
}

// What a function prints stands between the lines of the platform, however fast it is.
func TestLinesOfThePlatformAreAround(t *testing.T) {
	needs.Program(t, "python3")
	for _, asJSON := range []bool{false, true} {
		g := run(t, Options{Concurrency: 1}, Function{Name: "f", Dir: files(t, "-- app.py --\ndef handler(e, c):\n    print('printed', flush=True)\n"), Runtime: "python3.11", Logging: Logging{JSON: asJSON}, Timeout: 20 * time.Second})
		for range 100 {
			g.ask("f", "1")
		}
		ends := map[bool]string{false: "REPORT RequestId", true: "platform.report"}[asJSON]
		for deadline := time.Now().Add(time.Minute); strings.Count(g.log(), ends) < 100; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("got %d of %s", strings.Count(g.log(), ends), ends)
			}
		}
		before := ""
		for line := range strings.Lines(g.log()) {
			if line == "printed\n" && !strings.Contains(before, "START RequestId") && !strings.Contains(before, "platform.start") {
				t.Fatalf("JSON %v: before it stands %s", asJSON, before)
			}
			before = line
		}
	}
}

// The function that is a destination gets the record of an event when it has succeeded, and
// when it is given up. Of a destination that is not here the log tells.
func TestDestinations(t *testing.T) {
	for _, row := range []struct{ name, answer, condition, want string }{
		{"success", `answer $api/invocation/$id/response -d '{"a":1}'`, "Success", `"approximateInvokeCount":1},"requestPayload":7,"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"a":1}}`},
		{"failure", `answer $api/invocation/$id/error -d '{"b":2}'`, "RetriesExhausted", `"approximateInvokeCount":2},"requestPayload":7,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"b":2}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			retries := 1
			g := run(t, Options{}, shell(t, row.answer, func(f *Function) {
				f.Events = []Events{{Retries: &retries, OnSuccess: "arn:aws:lambda:eu-west-1:123456789012:function:told", OnFailure: "told"}}
			}), shell(t, `echo "told $event"; `+echo, func(f *Function) {
				f.Name, f.Events = "told", []Events{{OnSuccess: "arn:aws:sqs:eu-west-1:123456789012:queue"}}
			}))
			g.pause = time.Millisecond
			r, err := g.Invoke(t.Context(), &function.Call{Function: "f", Payload: []byte("7"), Header: message.Header{{Name: "X-Amz-Invocation-Type", Value: "Event"}}})
			if err != nil {
				t.Fatal(err)
			}
			g.await(`"requestContext":{"requestId":"` + r.RequestID + `","functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST","condition":"` + row.condition + `",` + row.want)
			g.await(`does not reach its destination arn:aws:sqs:eu-west-1:123456789012:queue here`)
		})
	}
}
