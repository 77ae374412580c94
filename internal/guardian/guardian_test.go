//go:build linux

package guardian

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asServer is the environment that makes the test's program start processes and wait.
const asServer = "DRAGOMAN_TEST_SERVER"

func TestMain(m *testing.M) {
	if Main() {
		return
	}
	if script := os.Getenv(asServer); script != "" {
		g := New(nil)
		if _, err := g.Start(shell(script, "MARK=1", os.Stdout)); err != nil {
			fmt.Println("error:", err)
		}
		select {}
	}
	goleak.VerifyTestMain(m)
}

func shell(script, marker string, output *os.File) Command {
	return Command{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: append(os.Environ(), marker), Output: output, Marker: marker}
}

// start runs a script under a guardian and gives what it prints.
func start(t *testing.T, g *Guardian, script, marker string) (*Process, *bufio.Scanner) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	p, err := g.Start(shell(script, marker, w))
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return p, bufio.NewScanner(r)
}

func TestProcessesEnd(t *testing.T) {
	g := New(nil)
	defer g.Close()
	for _, row := range []struct {
		name, script, says string
		exit               Exit
	}{
		{"by themselves", "echo $MARK; exit 3", "1", Exit{Code: 3}},
		{"without a word", "exit 0", "", Exit{}},
		{"by a signal", "kill -SEGV $$", "", Exit{Code: -1, Signal: "segmentation fault"}},
		{"with an error on their error output", "echo wrong >&2; exit 1", "wrong", Exit{Code: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, output := start(t, g, row.script, "MARK=1")
			output.Scan()
			if output.Text() != row.says {
				t.Errorf("got %q, want %q", output.Text(), row.says)
			}
			e := p.Exit()
			if e.MaxRSS < 100<<10 {
				t.Errorf("got %d bytes at most, want some", e.MaxRSS)
			}
			if e.MaxRSS = 0; e != row.exit {
				t.Errorf("got %+v, want %+v", e, row.exit)
			}
		})
	}
	if _, err := g.Start(Command{Path: "/nothing/here", Args: []string{"x"}}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v for a program that is not there", err)
	}
	if _, err := g.Start(Command{Path: "/bin/sh", Args: []string{"sh", strings.Repeat("x", 5<<20)}}); err != errLarge {
		t.Errorf("got %v for five MiB of arguments", err)
	}
	p, _ := start(t, g, "sleep 1000", "MARK=1")
	p.Kill()
	if e := p.Exit(); e.Signal != "killed" {
		t.Errorf("got %+v, want killed", e)
	}
}

// family makes a child, a child in another session, and a grandchild in one whose
// parent has ended; it prints their pids.
const family = `sleep 1000 & echo $!
setsid sleep 1000 & echo $!
(setsid sh -c 'sleep 1000 & echo $!; wait' & ) 
echo $$; wait`

func pids(t *testing.T, output *bufio.Scanner, n int) (all []int) {
	t.Helper()
	for range n {
		output.Scan()
		pid, err := strconv.Atoi(output.Text())
		if err != nil {
			t.Fatalf("got %q, want a pid", output.Text())
		}
		all = append(all, pid)
	}
	return all
}

// vanish waits until processes are gone.
func vanish(t *testing.T, all []int) {
	t.Helper()
	for range 2000 {
		left := 0
		for _, pid := range all {
			if alive(pid) {
				left++
			}
		}
		if left == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("of %v some are left", all)
}

func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// What a process leaves behind ends with it, and nothing of its neighbours.
func TestFamiliesEndTogether(t *testing.T) {
	g := New(nil)
	defer g.Close()
	neighbour, output := start(t, g, family, "MARK=neighbour")
	others := pids(t, output, 4)
	p, output := start(t, g, family, "MARK=one")
	mine := pids(t, output, 4)
	p.Kill()
	p.Exit()
	vanish(t, mine)
	for _, pid := range others {
		if !alive(pid) {
			t.Errorf("%d of the neighbour is gone", pid)
		}
	}
	select {
	case <-neighbour.Done():
		t.Error("the neighbour is gone")
	default:
	}
	g.Close()
	vanish(t, others)
	if _, err := g.Start(Command{Path: "/bin/true", Args: []string{"true"}}); err == nil {
		t.Error("a closed guardian starts processes")
	}
}

// A server that is killed leaves nothing behind.
func TestNothingOutlivesAKilledServer(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asServer+"="+family)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	all := pids(t, bufio.NewScanner(io.TeeReader(out, io.Discard)), 4)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	vanish(t, all)
}

// A guardian that somebody killed takes its processes with it, and is followed by
// another.
func TestGuardianThatWasKilled(t *testing.T) {
	g := New(nil)
	defer g.Close()
	p, output := start(t, g, "sleep 1000 & echo $!; wait", "MARK=1")
	child := pids(t, output, 1)
	if err := syscall.Kill(g.current.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if e := p.Exit(); e.Code != -1 {
		t.Errorf("got %+v", e)
	}
	vanish(t, append(child, p.Pid))
	_, output = start(t, g, "echo here", "MARK=1")
	if output.Scan(); output.Text() != "here" {
		t.Errorf("got %q", output.Text())
	}
}
