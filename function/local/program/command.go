package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/guardian"
	"github.com/dragoman-gateway/dragoman/internal/uuid"
)

const (
	// Assumed: SAM waits for ever. A caller does not, and a build that hangs shall not
	// keep all that follow from being tried; a first build of Rust or Go fits in.
	longestBuild = 5 * time.Minute
	mostOutput   = 64 << 10               // bytes of a build's output that are told
	inherited    = 100 * time.Millisecond // how long the output of what a build left behind is waited for
)

// newFolder is a new folder for what is built of a function.
func (m *Maker) newFolder(c *Code) (string, error) {
	folder := filepath.Join(m.Folder, "built", fmt.Sprintf("%s-%d", c.Name, m.built.Add(1)))
	return folder, os.MkdirAll(folder, 0o700)
}

// run runs a program that makes something, and waits for it. The error has what it
// printed. It ends with the gateway, and so does what it started.
func (m *Maker) run(ctx context.Context, dir, what, path string, env []string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, longestBuild)
	defer cancel()
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	// What a build has started is found by a variable that it inherits, should it have
	// left the build's group.
	marker := "DRAGOMAN_BUILD=" + uuid.New()
	// The variable goes into a copy: builds run side by side, and all have the same environment.
	child, err := m.Guardian.Start(guardian.Command{Path: path, Args: args, Env: append(env[:len(env):len(env)], marker), Dir: dir, Output: writer, Marker: marker})
	// The child holds its own: while one is open here the reader never comes to an end.
	writer.Close()
	if err != nil {
		return err
	}
	var output strings.Builder
	read := make(chan struct{})
	// What is beyond the bound is read all the same: a pipe that is full would stop the build.
	if !m.Tasks.Go("reading what a build prints", func() {
		defer close(read)
		_, _ = io.Copy(&output, io.LimitReader(reader, mostOutput))
		_, _ = io.Copy(io.Discard, reader)
	}) {
		close(read)
	}
	select {
	case <-child.Done():
	// A build is ended at once: what it has written is thrown away.
	case <-ctx.Done():
		child.Kill()
		<-child.Done()
	}
	// A daemon that a build has left holds its end of the pipe for as long as it lives.
	_ = reader.SetReadDeadline(time.Now().Add(inherited))
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

// shell runs a command as a shell reads it, so that it may name variables such as
// $_HANDLER. A single command takes the shell's place.
func shell(command string) (*Program, error) {
	if runtime.GOOS == "windows" {
		path, err := exec.LookPath("cmd")
		return &Program{Path: path, Args: []string{"cmd", "/c", command}}, err
	}
	path, err := exec.LookPath("sh")
	// Then the shell does not stand between the function and the signals that end it.
	if !strings.ContainsAny(command, ";&|\n") {
		command = "exec " + command
	}
	return &Program{Path: path, Args: []string{"sh", "-c", command}}, err
}
