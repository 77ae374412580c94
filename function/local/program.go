package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/guardian"
	"github.com/dragoman-gateway/dragoman/internal/uuid"
)

// program is how a function is started. What was built for it is removed when nothing
// runs it any more.
type program struct {
	path     string
	args     []string // the program's own name first
	handler  string   // that the runtime is told; "" for the function's own
	folder   string   // that was built for it; "" for none
	inputs   []string // files that it was built of, besides those of the function
	warnings []string // of what is not as its runtime asks for

	mu      sync.Mutex // Protects fields below.
	users   int        // processes
	retired bool       // another one has taken its place
}

func (p *program) use() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users++
}

func (p *program) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users--
	p.removeUnused()
}

func (p *program) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired = true
	p.removeUnused()
}

func (p *program) removeUnused() {
	if p.retired && p.users == 0 && p.folder != "" {
		_ = os.RemoveAll(p.folder)
	}
}

// buildFolder is a new folder for what is built of a function.
func (r *Runner) buildFolder(f *Function) (string, error) {
	folder := filepath.Join(r.folder, "built", fmt.Sprintf("%s-%d", f.Name, r.built.Add(1)))
	return folder, os.MkdirAll(folder, 0o700)
}

// longestBuild bounds a build.
const longestBuild = 5 * time.Minute

// mostOutput is how many bytes of a build's output are told.
const mostOutput = 64 << 10

// build runs a program in the function's folder that makes something, and waits for it.
// The error has what it printed. It ends with the gateway, and so does what it started.
func (r *Runner) build(ctx context.Context, f *Function, what, path string, env []string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, longestBuild)
	defer cancel()
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	marker := "DRAGOMAN_BUILD=" + uuid.New()
	child, err := r.guardian.Start(guardian.Command{Path: path, Args: args, Env: append(env, marker), Dir: f.Dir, Output: writer, Marker: marker})
	writer.Close()
	if err != nil {
		return err
	}
	var output strings.Builder
	read := make(chan struct{})
	if !r.tasks.Go("reading what a build prints", func() {
		defer close(read)
		_, _ = io.Copy(&output, io.LimitReader(reader, mostOutput))
		_, _ = io.Copy(io.Discard, reader)
	}) {
		close(read)
	}
	select {
	case <-child.Done():
	case <-ctx.Done():
		child.Kill()
		<-child.Done()
	}
	_ = reader.SetReadDeadline(time.Now().Add(settled)) // whoever has inherited its output
	<-read
	switch exit := child.Exit(); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s took longer than %s\n%s", what, longestBuild, output.String())
	case ctx.Err() != nil:
		return ctx.Err()
	case exit.Signal != "":
		return fmt.Errorf("%s: signal: %s\n%s", what, exit.Signal, output.String())
	case exit.Code != 0:
		return fmt.Errorf("%s: exit status %d\n%s", what, exit.Code, output.String())
	}
	return nil
}
