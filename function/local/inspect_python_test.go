package local

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// adapter is a debugger that speaks the Debug Adapter Protocol, as debugpy does.
type adapter struct {
	t      *testing.T
	conn   net.Conn
	read   *bufio.Reader
	last   int
	events []dap
}

type dap struct {
	Seq       int             `json:"seq"`
	Type      string          `json:"type"`
	Command   string          `json:"command,omitempty"`
	Arguments any             `json:"arguments,omitempty"`
	Event     string          `json:"event,omitempty"`
	Request   int             `json:"request_seq,omitempty"`
	Success   bool            `json:"success,omitempty"`
	Message   string          `json:"message,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
}

func adapt(t *testing.T, port int) *adapter {
	t.Helper()
	var conn net.Conn
	var err error
	for range 2000 {
		if conn, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond) // the process begins
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	return &adapter{t: t, conn: conn, read: bufio.NewReader(conn)}
}

// send asks for something, and gives the number by which its answer is known.
func (a *adapter) send(command string, arguments any) int {
	a.t.Helper()
	a.last++
	text, err := json.Marshal(dap{Seq: a.last, Type: "request", Command: command, Arguments: arguments})
	if err == nil {
		_, err = fmt.Fprintf(a.conn, "Content-Length: %d\r\n\r\n%s", len(text), text)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return a.last
}

// next is the next message.
func (a *adapter) next() (m dap) {
	a.t.Helper()
	head, err := textproto.NewReader(a.read).ReadMIMEHeader()
	if err != nil {
		a.t.Fatal(err)
	}
	size, _ := strconv.Atoi(head.Get("Content-Length"))
	text := make([]byte, size)
	if _, err := io.ReadFull(a.read, text); err != nil {
		a.t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		a.t.Fatal(err)
	}
	return m
}

// answer waits for the answer to what was sent with a number; events wait meanwhile.
func (a *adapter) answer(number int, into any) {
	a.t.Helper()
	for {
		m := a.next()
		switch {
		case m.Type == "event":
			a.events = append(a.events, m)
		case m.Request == number && !m.Success:
			a.t.Fatalf("%s: %s", m.Command, m.Message)
		case m.Request == number:
			if into != nil && json.Unmarshal(m.Body, into) != nil {
				a.t.Fatalf("%s: %s", m.Command, m.Body)
			}
			return
		}
	}
}

func (a *adapter) call(command string, arguments, into any) {
	a.t.Helper()
	a.answer(a.send(command, arguments), into)
}

// event waits for an event.
func (a *adapter) event(name string, into any) {
	a.t.Helper()
	for {
		for i, m := range a.events {
			if m.Event != name {
				continue
			}
			a.events = append(a.events[:i:i], a.events[i+1:]...)
			if into != nil && json.Unmarshal(m.Body, into) != nil {
				a.t.Fatalf("%s: %s", name, m.Body)
			}
			return
		}
		if m := a.next(); m.Type == "event" {
			a.events = append(a.events, m)
		}
	}
}

// A debugger attaches to a handler of Python before its first event, as VS Code does, stops
// at a line, reads a variable there, and has all the time it wants.
func TestInspectPythonStops(t *testing.T) {
	python := needs.Debugpy(t)
	// The interpreter of the PATH is the one that runs.
	bin := t.TempDir()
	if err := os.Symlink(python, filepath.Join(bin, "python3")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	dir := files(t, "-- app.py --\ndef handler(event, context):\n    doubled = event['n'] * 2\n    return doubled\n")
	g, at := debugged(t, Function{Name: "f", Dir: dir, Runtime: "python3.11", Timeout: time.Second})
	if !strings.HasPrefix(at.Line, fmt.Sprintf("f: debugpy listens at 127.0.0.1:%d; VS Code: ", at.Port)) {
		t.Errorf("got %s", at.Line)
	}
	d := adapt(t, at.Port)
	d.call("initialize", map[string]any{"adapterID": "debugpy", "pathFormat": "path"}, nil)
	d.send("attach", map[string]any{"justMyCode": true}) // it is answered when all is configured
	d.event("initialized", nil)
	var set struct{ Breakpoints []struct{ Verified bool } }
	d.call("setBreakpoints", map[string]any{"source": map[string]any{"path": filepath.Join(dir, "app.py")}, "breakpoints": []any{map[string]any{"line": 3}}}, &set)
	if len(set.Breakpoints) != 1 || !set.Breakpoints[0].Verified {
		t.Errorf("got %+v", set)
	}
	d.call("configurationDone", nil, nil)
	answered := make(chan string, 1)
	go func() { answered <- g.ask("f", `{"n":21}`) }()
	var stopped struct {
		Reason   string
		ThreadID int
	}
	d.event("stopped", &stopped)
	var stack struct {
		StackFrames []struct{ ID, Line int }
	}
	d.call("stackTrace", map[string]any{"threadId": stopped.ThreadID}, &stack)
	if stopped.Reason != "breakpoint" || len(stack.StackFrames) == 0 || stack.StackFrames[0].Line != 3 {
		t.Fatalf("got %+v %+v, want a stop at the third line", stopped, stack)
	}
	var value struct{ Result string }
	d.call("evaluate", map[string]any{"expression": "doubled", "frameId": stack.StackFrames[0].ID}, &value)
	if value.Result != "42" {
		t.Errorf("got %+v", value)
	}
	time.Sleep(1500 * time.Millisecond) // longer than the function may take
	d.send("continue", map[string]any{"threadId": stopped.ThreadID})
	if got := <-answered; got != "42" {
		t.Errorf("got %s after a stop\n%s", got, g.log())
	}
}
