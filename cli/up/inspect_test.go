package up_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// A debugger attaches where the session says, stops at a line of the handler, looks at
// a variable there, and the request is answered when it goes on: however long that was.
func TestUpInspect(t *testing.T) {
	needs.Program(t, "node")
	dir := filepath.Join(t.TempDir(), "debug")
	place(t, dir, map[string]string{
		"template.yaml": `Transform: AWS::Serverless-2016-10-31
Resources:
  Stop:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      CodeUri: src/
      Timeout: 1
      Events:
        Get: {Type: HttpApi, Properties: {Path: /, Method: GET}}
`,
		"src/index.js": "exports.handler = async () => {\n  const seen = 40 + 2;\n  return { seen };\n};\n",
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	p := startUp(t, dir, "--inspect", "Stop="+port)
	ready := p.next("ready")
	if e := p.until("log", func(e upEvent) bool { return strings.Contains(e.Message, `"request": "attach"`) }); !strings.Contains(e.Message, "127.0.0.1:"+port) {
		t.Errorf("got %+v", e)
	}
	d := attach(t, port)
	d.call("Debugger.enable", `{}`)
	d.call("Debugger.setBreakpointByUrl", `{"lineNumber": 2, "urlRegex": ".*/src/index\\.js"}`)
	d.call("Runtime.runIfWaitingForDebugger", `{}`)
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get(ready.Data + "/")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	var paused struct {
		CallFrames []struct{ CallFrameID string }
	}
	d.event("Debugger.paused", &paused)
	var value struct{ Result struct{ Value int } }
	if err := json.Unmarshal(d.call("Debugger.evaluateOnCallFrame", `{"expression": "seen", "callFrameId": "`+paused.CallFrames[0].CallFrameID+`"}`), &value); err != nil || value.Result.Value != 42 {
		t.Errorf("got %+v, %v", value, err)
	}
	d.call("Debugger.resume", `{}`)
	if got := <-answered; got != `{"seen":42}` {
		t.Errorf("got %s", got)
	}
	p.end()

	cmd := upCommand(t, dir, "--inspect", "None", "--check")
	if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "None") {
		t.Errorf("got %s, %v", out, err)
	}
}

// debugger speaks the inspector's protocol.
type debugger struct {
	*testing.T
	*websocket.Conn
	last   int
	events []message
}

type message struct {
	ID             int
	Method         string
	Params, Result json.RawMessage
}

func attach(t *testing.T, port string) *debugger {
	t.Helper()
	response, err := http.Get("http://127.0.0.1:" + port + "/json/list")
	for deadline := time.Now().Add(20 * time.Second); err != nil; response, err = http.Get("http://127.0.0.1:" + port + "/json/list") {
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // the process begins
	}
	defer response.Body.Close()
	var targets []struct{ WebSocketDebuggerURL string }
	if err := json.NewDecoder(response.Body).Decode(&targets); err != nil || len(targets) != 1 {
		t.Fatal(targets, err)
	}
	c, _, err := websocket.Dial(t.Context(), targets[0].WebSocketDebuggerURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(16 << 20)
	t.Cleanup(func() { _ = c.CloseNow() })
	return &debugger{T: t, Conn: c}
}

func (d *debugger) read() (m message) {
	d.Helper()
	_, text, err := d.Read(d.Context())
	if err != nil || json.Unmarshal(text, &m) != nil {
		d.Fatal(string(text), err)
	}
	return m
}

// call calls a method and answers its result; events that come meanwhile are kept.
func (d *debugger) call(method, params string) json.RawMessage {
	d.Helper()
	d.last++
	text, _ := json.Marshal(map[string]any{"id": d.last, "method": method, "params": json.RawMessage(params)})
	if err := d.Write(d.Context(), websocket.MessageText, text); err != nil {
		d.Fatal(err)
	}
	for {
		m := d.read()
		if m.ID == d.last {
			return m.Result
		}
		d.events = append(d.events, m)
	}
}

// event waits for an event.
func (d *debugger) event(method string, params any) {
	d.Helper()
	for {
		for i, m := range d.events {
			if m.Method == method {
				d.events = append(d.events[:i], d.events[i+1:]...)
				if err := json.Unmarshal(m.Params, params); err != nil {
					d.Fatal(err)
				}
				return
			}
		}
		d.events = append(d.events, d.read())
	}
}
