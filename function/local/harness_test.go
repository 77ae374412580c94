package local

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/guardian"
)

func TestMain(m *testing.M) {
	if guardian.Main() {
		return
	}
	goleak.VerifyTestMain(m)
}

// rig is a Runner with what its functions have printed.
type rig struct {
	*Runner
	t *testing.T

	mu    sync.Mutex // Protects field below.
	lines []string
}

// files writes an archive into a folder and gives it.
func files(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, archive)
	return dir
}

func write(t *testing.T, dir, archive string) {
	t.Helper()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, f.Name)
		mode := os.FileMode(0o644)
		if filepath.Base(f.Name) == "bootstrap" {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func run(t *testing.T, o Options, functions ...Function) *rig {
	t.Helper()
	g := &rig{t: t}
	o.Region, o.Account, o.Environment = "eu-west-1", "123456789012", os.Environ()
	o.Logger = slog.New(slog.DiscardHandler)
	o.Log = func(l Line) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.lines = append(g.lines, l.Text)
	}
	var err error
	if g.Runner, err = New(o, functions...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func (g *rig) call(name, payload string) (*function.Result, error) {
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Minute)
	defer cancel()
	return g.Invoke(ctx, &function.Call{Function: name, Payload: []byte(payload)})
}

// ask invokes a function and gives its payload, with ! in front when it failed.
func (g *rig) ask(name, payload string) string {
	g.t.Helper()
	r, err := g.call(name, payload)
	if err != nil {
		g.t.Fatalf("%s: %v", name, err)
	}
	if r.Error != "" {
		return "!" + string(r.Payload)
	}
	return string(r.Payload)
}

func (g *rig) log() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.lines, "\n")
}

// rest waits until a function has so many idle processes: they ask for the next event
// some time after the answer to the last one.
func (g *rig) rest(name string, n int) {
	g.t.Helper()
	idle := 0
	for range 1000 {
		p := g.Runner.pool(name)
		p.mu.Lock()
		idle = len(p.idle)
		p.mu.Unlock()
		if idle == n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	g.t.Errorf("%s has %d idle processes, want %d", name, idle, n)
}

// await waits until the log has a text.
func (g *rig) await(text string) {
	g.t.Helper()
	for range 1000 {
		if strings.Contains(g.log(), text) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	g.t.Errorf("the log has no %q:\n%s", text, g.log())
}

// handled calls the handler of a folder with one file. want is its payload, or the
// beginning of its error after !; the log must come to have a text.
func handled(t *testing.T, file, code, handler, runtime, event, want, log string) {
	t.Helper()
	dir := files(t, "-- "+file+" --\n"+code+"\n")
	g := run(t, Options{}, Function{Name: "f", Dir: dir, Handler: handler, Runtime: runtime, Env: map[string]string{"OWN": "mine"}, Timeout: 20 * time.Second})
	got := g.ask("f", event)
	if got != want && !(strings.HasPrefix(want, "!") && strings.HasPrefix(got, want)) {
		t.Errorf("got %s, want %s\n%s", got, want, g.log())
	}
	g.await(log)
}
