package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// A person is somebody at a terminal: what they type is a program's input, what it prints
// is on their screen.
type person struct {
	t       *testing.T
	cmd     *exec.Cmd
	master  *os.File
	screen  chan []byte
	printed []byte // since they last looked for something
}

// sitsDown starts dragoman at a terminal of its own.
func sitsDown(t *testing.T, env []string, args ...string) *person {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this machine has no pseudo-terminals:", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 200})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, cmd: exec.Command(os.Args[0], args...), master: master, screen: make(chan []byte, 1000)}
	p.cmd.Env = append(append(os.Environ(), asMain+"=1", "TERM=xterm"), env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = slave, slave, slave
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	go func() {
		defer close(p.screen)
		for {
			part := make([]byte, 4096)
			n, err := master.Read(part)
			if n > 0 {
				p.screen <- part[:n]
			}
			if err != nil { // EIO: nobody has the other end
				return
			}
		}
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait(); master.Close() })
	return p
}

func (p *person) types(text string) {
	p.t.Helper()
	if _, err := p.master.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits until a text is on the screen, behind what was seen before.
func (p *person) sees(text string) {
	p.t.Helper()
	late := time.After(20 * time.Second)
	for {
		if i := bytes.Index(p.printed, []byte(text)); i >= 0 {
			p.printed = p.printed[i+len(text):]
			return
		}
		select {
		case part, more := <-p.screen:
			if p.printed = append(p.printed, part...); !more {
				p.t.Fatalf("the program has ended, and %q is not in %q", text, p.printed)
			}
		case <-late:
			p.t.Fatalf("%q does not come, only %q", text, p.printed)
		}
	}
}

// leaves waits for the program's end, and says with which status.
func (p *person) leaves() int {
	p.t.Helper()
	for part := range p.screen {
		p.printed = append(p.printed, part...)
	}
	_ = p.cmd.Wait() // the status says it
	return p.cmd.ProcessState.ExitCode()
}

func at(s *server.Server) []string { return []string{"DRAGOMAN_ENDPOINT=http://" + s.ManagementAddr()} }

// A session as somebody has it who looks.
func TestConnectAtATerminal(t *testing.T) {
	p := sitsDown(t, at(chat(t)), "connect", "chat/dev")
	p.sees("connected to ws://chat.execute-api.localhost:")
	p.types(`{"action":"order","id":"42"}` + "\r")
	p.sees("\x1b[32m< {\"order\":\"42\",\"items\":2}\x1b[0m  \x1b[2m") // in is green, and its time dim
	p.sees(" ms\x1b[0m")
	p.sees("\x1b[36m> ") // out is cyan
	p.types("\x0f")      // Ctrl-O
	p.sees("\x1b[32m< {\r\n    \"order\": \"42\",\r\n    \"items\": 2\r\n  }\x1b[0m")
	p.types("\x0f")
	p.sees("\x1b[32m< {\"order\":\"42\",\"items\":2}\x1b[0m")
	p.types(`{"action":"evil"}` + "\r") // what it answers is shown, not done
	p.sees(`< a\x1b[2Jb\x07`)
	p.types("\x1b[A\x1b[A\r") // up, up: the message before
	p.sees(`< {"order":"42","items":2}`)
	p.types("/ping\r")
	p.sees("pong\x1b[0m  \x1b[2m")
	p.types("/frobnicate\r")
	p.sees("/frobnicate is no command")
	p.types("/help\r")
	p.sees("/close [CODE [REASON]]")
	p.types("/binary AQI=\r")
	p.sees("the server closed: 1003")
	p.types("/reconnect\r")
	p.sees("connected to ")
	p.types("/close 4000 good bye\r")
	p.sees("closed: 4000 good bye")
	if code := p.leaves(); code != 0 {
		t.Errorf("it ends with %d, want 0", code)
	}
}

// Ctrl-D and Ctrl-C leave, and the terminal is as it was.
func TestConnectLeavesTheTerminal(t *testing.T) {
	s := chat(t)
	for _, key := range []string{"\x04", "\x03", "/quit\r"} {
		p := sitsDown(t, at(s), "connect", "chat")
		before, err := unix.IoctlGetTermios(int(p.master.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		p.sees("connected to ")
		during, _ := unix.IoctlGetTermios(int(p.master.Fd()), unix.TCGETS)
		p.types(key)
		if code := p.leaves(); code != 0 {
			t.Errorf("%q: it ends with %d, want 0", key, code)
		}
		after, _ := unix.IoctlGetTermios(int(p.master.Fd()), unix.TCGETS)
		if during.Lflag&unix.ICANON != 0 || before.Lflag != after.Lflag {
			t.Errorf("%q: the terminal's flags were %x, %x in the session, and %x behind it", key, before.Lflag, during.Lflag, after.Lflag)
		}
	}
}

// /why shows, at the prompt, what made the last answer; before one, what made the connection.
func TestConnectSaysWhy(t *testing.T) {
	s := chat(t, func(c *server.Config) { c.Observe.Tap = []string{"all"} })
	p := sitsDown(t, at(s), "connect", "chat/dev")
	p.sees("connected to ")
	p.types("/why\r")
	p.sees("connected as")
	p.types(`{"action":"order","id":"42"}` + "\r")
	p.sees(`< {"order":"42","items":2}`)
	p.types("/why\r")
	for _, part := range []string{"$request.body.action", "order", "template", "select", "frame", `{"order":"42","items":2}`} {
		p.sees(part)
	}
	p.types("/close 1001\r")
	p.sees("closed: 1001")
	if code := p.leaves(); code != 0 {
		t.Errorf("it ends with %d, want 0", code)
	}

	p = sitsDown(t, at(chat(t)), "connect", "chat/dev") // whose gateway keeps no traces
	p.sees("connected to ")
	p.types("/why\r")
	p.sees("has no trace of it")
	p.types("\x04")
	p.leaves()
}

// NO_COLOR and a terminal that knows no colours get none.
func TestConnectWithoutColours(t *testing.T) {
	s := chat(t)
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		p := sitsDown(t, append(at(s), env), "connect", "chat")
		p.sees("connected to ")
		p.types(`{"action":"order","id":"42"}` + "\r")
		p.sees("< {\"order\":\"42\",\"items\":2}  ")
		p.types("/close\r")
		p.sees("closed: 1000")
		p.leaves()
		if all := string(p.printed); strings.Contains(all, "\x1b[3") {
			t.Errorf("%s: there are colours in %q", env, all)
		}
	}
}

// leaving is a server that closes each connection after its first message, which says how:
// a close code, or nothing at all.
func leaving(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		if _, text, err := c.Read(r.Context()); err == nil {
			if code, err := strconv.Atoi(string(text)); err == nil {
				_ = c.Close(websocket.StatusCode(code), "moved")
			}
		}
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

// A server that goes is told of; whoever types connects again, or --reconnect does.
func TestConnectAgain(t *testing.T) {
	url := leaving(t)
	p := sitsDown(t, nil, "connect", url)
	p.sees("connected to ")
	p.types("1001\r")
	p.sees("the server closed: 1001 moved")
	p.sees("Enter connects again")
	p.types("hello\r")
	p.sees("not connected")
	p.types("\r")
	p.sees("connected to ")
	p.types("go\r")
	p.sees("the connection is lost: it ended without a close frame (1006)")
	p.types("/reconnect\r")
	p.sees("connected to ")
	p.types("\x04")
	if code := p.leaves(); code != 0 {
		t.Errorf("it ends with %d, want 0", code)
	}

	p = sitsDown(t, nil, "connect", url, "--reconnect")
	for range 2 {
		p.sees("connected to ")
		p.types("1012\r")
		p.sees("the server closed: 1012 moved")
	}
	p.sees("connected to ")
	p.types("\x04")
	p.leaves()
}

// What is copied at once needs no bar: what came of it stands on a line of its own.
func TestCopyAtATerminal(t *testing.T) {
	dir := t.TempDir()
	db, err := sqlite.Open(dir+"/from", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), "one", []byte("{}")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	p := sitsDown(t, nil, "copy", "--from", dir+"/from", "--to", dir+"/to")
	p.sees(dir + "/to: 1 documents and 0 counts of usage, of " + dir + "/from at revision 1")
	if status := p.leaves(); status != 0 {
		t.Errorf("got status %d, want 0", status)
	}
}
