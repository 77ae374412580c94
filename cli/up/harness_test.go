package up_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/internal/guardian"
)

// asMain makes this test binary behave as dragoman itself.
const asMain = "DRAGOMAN_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if guardian.Main() {
		return
	}
	if os.Getenv(asMain) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(alone(m))
}

// alone runs the tests as a user who has no local certificate authority yet.
func alone(m *testing.M) int {
	config, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(config)
	os.Setenv("XDG_CONFIG_HOME", config)
	return m.Run()
}

// An upEvent is a line of `up --json`.
type upEvent struct {
	Event, Data, Management string
	Apis                    []struct {
		LogicalID, Name, ID string
		Stages, URLs        []string
	}
	Functions []struct{ LogicalID, Name, Runtime string }
	Outputs   map[string]string
	Made      map[string]int
	Changed   map[string]int
	Removed   map[string]int
	Foreign   []struct {
		LogicalID, Type, Name string
		Functions             []string
	}
	// of faults
	File, Path, Message, Hint string
	Line, Column              int
	LogicalID                 string
	// of requests and logs
	Api, Stage, Route, Method, Function, Error string
	Status                                     int
	Duration                                   float64
}

// upProcess is `dragoman up` as a process.
type upProcess struct {
	*testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	events chan upEvent
	stderr *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// upCommand is the command, in a folder.
func upCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"up"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asMain+"=1", "XDG_CONFIG_HOME="+t.TempDir(), "TMPDIR="+t.TempDir())
	return cmd
}

// startUp starts it on free ports until its input is closed.
func startUp(t *testing.T, dir string, args ...string) *upProcess {
	t.Helper()
	return startUpIn(t, nil, dir, args...)
}

// startUpIn starts it with variables of the environment besides.
func startUpIn(t *testing.T, env []string, dir string, args ...string) *upProcess {
	t.Helper()
	p := &upProcess{T: t, events: make(chan upEvent, 1000), stderr: &lockedBuffer{}}
	if !slices.Contains(args, "--listen") {
		args = append(args, "--port", "0")
	}
	p.cmd = upCommand(t, dir, append(args, "--once", "--json")...)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stderr = p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	go func() {
		defer close(p.events)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var e upEvent
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Event == "" {
				t.Errorf("%q is no event: %v", lines.Text(), err)
			}
			p.events <- e
		}
	}()
	return p
}

// next waits for an event of this name, past others.
func (p *upProcess) next(name string) upEvent {
	p.Helper()
	return p.until(name, func(upEvent) bool { return true })
}

// until waits for an event of this name, or of any where it is "", that is wanted.
func (p *upProcess) until(name string, wanted func(upEvent) bool) upEvent {
	p.Helper()
	var passed []upEvent
	for timeout := time.After(30 * time.Second); ; {
		select {
		case e, open := <-p.events:
			if !open {
				p.Fatalf("it ended without %s; it had said %+v\n%s", name, passed, p.stderr)
			}
			if (name == "" || e.Event == name) && wanted(e) {
				return e
			}
			passed = append(passed, e)
		case <-timeout:
			p.Fatalf("no %s came, but %+v\n%s", name, passed, p.stderr)
		}
	}
}

// end closes the input and wants it to end well.
func (p *upProcess) end() {
	p.Helper()
	_ = p.stdin.Close()
	p.exits(0)
}

// exits waits for its end and wants a status.
func (p *upProcess) exits(want int) {
	p.Helper()
	for range p.events {
	}
	_ = p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != want {
		p.Errorf("exit status %d, want %d\n%s", got, want, p.stderr)
	}
}

func (p *upProcess) signal(s syscall.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.Fatal(err)
	}
}

// eventually asks a URL until something is in the body.
func (p *upProcess) eventually(url, want string) {
	p.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		response, err := http.Get(url)
		if err != nil {
			p.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil && strings.Contains(string(body), want) {
			return
		}
		if time.Now().After(deadline) {
			p.Fatalf("%s: got %d %s (%v), want %s\n%s", url, response.StatusCode, body, err, want, p.stderr)
		}
	}
}

// get asks a URL and wants this status and something in the body.
func (p *upProcess) get(url string, status int, want string) (body string) {
	p.Helper()
	response, err := http.Get(url)
	if err != nil {
		p.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status || !strings.Contains(string(text), want) {
		p.Errorf("%s: got %d %s (%v), want %d with %s", url, response.StatusCode, text, err, status, want)
	}
	return string(text)
}

// upSocket is a connection to a WebSocket API.
type upSocket struct {
	p *upProcess
	*websocket.Conn
}

func (p *upProcess) dial(url string) *upSocket {
	p.Helper()
	c, _, err := websocket.Dial(p.Context(), url, nil)
	if err != nil {
		p.Fatalf("%s: %v\n%s", url, err, p.stderr)
	}
	p.Cleanup(func() { _ = c.CloseNow() })
	return &upSocket{p, c}
}

// send sends a message, and wants an answer that has want in it, "" for none.
func (c *upSocket) send(message, want string) {
	c.p.Helper()
	if err := c.Write(c.p.Context(), websocket.MessageText, []byte(message)); err != nil {
		c.p.Fatal(err)
	}
	if want == "" {
		return
	}
	c.receive(want)
}

// place writes files of a folder by name.
func place(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// receive wants a message that has want in it.
func (c *upSocket) receive(want string) {
	c.p.Helper()
	_, got, err := c.Read(c.p.Context())
	if err != nil || !strings.Contains(string(got), want) {
		c.p.Fatalf("got %s (%v), want %s\n%s", got, err, want, c.p.stderr)
	}
}
