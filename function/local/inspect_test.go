package local

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// debugged runs a function that a debugger may attach to, and tells where.
func debugged(t *testing.T, f Function) (*rig, Inspection) {
	t.Helper()
	f.Inspect = new(int)
	told := make(chan Inspection, 10)
	g := run(t, Options{Inspect: func(i Inspection) { told <- i }}, f)
	select {
	case i := <-told:
		return g, i
	case <-time.After(20 * time.Second):
		t.Fatal("nobody was told of a debugger's port")
		return nil, Inspection{}
	}
}

// inspector is a debugger that speaks the protocol of Node's inspector.
type inspector struct {
	t    *testing.T
	conn *websocket.Conn
	last int
}

func attach(t *testing.T, port int) *inspector {
	t.Helper()
	var targets []struct {
		URL string `json:"webSocketDebuggerUrl"`
	}
	for range 1000 {
		answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/json/list", port))
		if err == nil {
			err = json.NewDecoder(answer.Body).Decode(&targets)
			answer.Body.Close()
		}
		if err == nil && len(targets) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	http.DefaultClient.CloseIdleConnections()
	if len(targets) == 0 {
		t.Fatal("no inspector answers")
	}
	conn, _, err := websocket.Dial(t.Context(), targets[0].URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(8 << 20)
	return &inspector{t: t, conn: conn}
}

func (i *inspector) send(method string, params any) {
	i.t.Helper()
	i.last++
	if err := wsjson.Write(i.t.Context(), i.conn, map[string]any{"id": i.last, "method": method, "params": params}); err != nil {
		i.t.Fatal(err)
	}
}

// await reads until there is an event, or the answer to what was sent last where method
// is "".
func (i *inspector) await(method string) json.RawMessage {
	i.t.Helper()
	for {
		var m struct {
			ID     int
			Method string
			Params json.RawMessage
			Result json.RawMessage
		}
		if err := wsjson.Read(i.t.Context(), i.conn, &m); err != nil {
			i.t.Fatal(err)
		}
		if method == "" && m.ID == i.last {
			return m.Result
		}
		if method != "" && m.Method == method {
			return m.Params
		}
	}
}

// A debugger attaches before the first event, stops at a line, and has all the time it
// wants; once it has gone the timeout holds again.
func TestInspect(t *testing.T) {
	needs.Program(t, "node")
	dir := files(t, "-- index.js --\nexports.handler = async (event) => {\n  const doubled = event.n * 2;\n  if (event.slow) await new Promise((r) => setTimeout(r, 5000));\n  return doubled;\n};\n")
	g, at := debugged(t, Function{Name: "f", Dir: dir, Runtime: "nodejs20.x", Timeout: time.Second})
	if want := fmt.Sprintf("f: node --inspect listens at 127.0.0.1:%d; VS Code: ", at.Port); !strings.HasPrefix(at.Line, want) {
		t.Errorf("got %s, want %s", at.Line, want)
	}
	g.rest("f", 1)
	d := attach(t, at.Port)
	d.send("Runtime.enable", nil)
	d.send("Debugger.enable", nil)
	d.send("Debugger.setBreakpointByUrl", map[string]any{"urlRegex": ".*" + filepath.Base(dir) + "/index\\.js", "lineNumber": 2})
	d.await("")
	answered := make(chan string, 1)
	go func() { answered <- g.ask("f", `{"n":21}`) }()
	var paused struct {
		CallFrames []struct {
			FunctionName string
			Location     struct{ LineNumber int }
		}
	}
	if err := json.Unmarshal(d.await("Debugger.paused"), &paused); err != nil || paused.CallFrames[0].Location.LineNumber != 2 {
		t.Fatalf("got %v %+v, want a stop at the third line", err, paused)
	}
	time.Sleep(1500 * time.Millisecond) // longer than the function may take
	d.send("Debugger.resume", nil)
	if got := <-answered; got != "42" {
		t.Errorf("got %s after a stop", got)
	}
	_ = d.conn.Close(websocket.StatusNormalClosure, "")
	if runtime.GOOS != "linux" {
		return // where connections are not seen, nothing is ever too late
	}
	for range 1000 {
		if attached, err := established(at.Port); err == nil && !attached {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if got := g.ask("f", `{"n":1,"slow":true}`); !strings.Contains(got, "Task timed out after 1.00 seconds") {
		t.Errorf("got %s without a debugger", got)
	}
	// The next process listens at the same port, and there is one alone.
	if got := g.ask("f", `{"n":2}`); got != "4" {
		t.Errorf("got %s of the next process", got)
	}
	attach(t, at.Port).conn.CloseNow()
	if cap(g.Runner.pool("f").slots) != 1 {
		t.Error("there may be more processes than a debugger has ports")
	}
}

// A function that has changed is debugged where it was, at a port of its own choice too.
func TestInspectAfterAChange(t *testing.T) {
	needs.Program(t, "node")
	f := Function{Name: "f", Dir: files(t, "-- index.js --\nexports.handler = async () => process.env.SAY;\n"), Runtime: "nodejs20.x", Timeout: 20 * time.Second, Env: map[string]string{"SAY": "one"}}
	g, at := debugged(t, f)
	if got := g.ask("f", "1"); got != `"one"` {
		t.Errorf("got %s", got)
	}
	for _, port := range []int{0, at.Port} {
		f.Inspect, f.Env = &port, map[string]string{"SAY": fmt.Sprint(port)}
		if err := g.Replace(f); err != nil {
			t.Fatal(err)
		}
		if got := g.ask("f", "1"); got != fmt.Sprintf(`"%d"`, port) {
			t.Errorf("got %s\n%s", got, g.log())
		}
		attach(t, at.Port).conn.CloseNow()
	}
}

// Python waits for its debugger by debugpy.
func TestInspectPython(t *testing.T) {
	needs.Program(t, "python3")
	dir := files(t, "-- app.py --\nimport os\ndef handler(e, c):\n    return os.environ['LISTENS']\n")
	pretended := files(t, "-- debugpy/__init__.py --\n-- debugpy/__main__.py --\nimport os, runpy, sys\nos.environ['LISTENS'] = ' '.join(sys.argv[1:3])\nsys.argv = sys.argv[3:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n")
	g, at := debugged(t, Function{Name: "f", Dir: dir, Runtime: "python3.11", Timeout: 20 * time.Second, Env: map[string]string{"PYTHONPATH": pretended}})
	if got, want := g.ask("f", "1"), fmt.Sprintf(`"--listen 127.0.0.1:%d"`, at.Port); got != want {
		t.Errorf("got %s, want %s\n%s", got, want, g.log())
	}
	if !strings.Contains(at.Line, `"type": "debugpy"`) {
		t.Errorf("got %s", at.Line)
	}
}

func TestInspectIsChecked(t *testing.T) {
	f := shell(t, echo)
	f.Inspect = new(int)
	if _, err := New(Options{}, f); err == nil || !strings.Contains(err.Error(), "functions of provided.al2023 cannot be debugged here") {
		t.Errorf("got %v for a runtime without a debugger", err)
	}
	f.Runtime, *f.Inspect = "nodejs20.x", 70000
	if _, err := New(Options{}, f); err == nil || !strings.Contains(err.Error(), "a debugger's port of 70000") {
		t.Errorf("got %v for a port that is none", err)
	}
}
