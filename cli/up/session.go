package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/internal/watch"
	"github.com/dragoman-gateway/dragoman/server"
)

// Session is one run of `dragoman up`.
type session struct {
	o       *Options
	voice   voice
	reading *reading
	server  *server.Server
	served  atomic.Pointer[scene] // what was applied last
}

// Run serves what the options name until ctx ends, and with Once until In ends.
func Run(ctx context.Context, o *Options) error {
	r, err := find(o)
	if err != nil {
		return err
	}
	s := &session{o: o, reading: r}
	s.served.Store(&scene{stack: &stack{}})
	if o.JSON {
		s.voice = newLines(o)
	} else {
		s.voice = newScreen(o)
	}
	defer s.voice.close()
	// Before anything is opened: what cannot be read leaves no trace.
	first, err := s.read()
	if err != nil {
		return err
	}
	if o.Check {
		s.voice.checked(first)
		return nil
	}
	if err := s.open(); err != nil {
		return err
	}
	return s.serve(ctx)
}

// read reads what is to be served, and tells of the faults.
func (s *session) read() (*scene, error) {
	stack, faults := s.reading.read()
	if len(faults) > 0 {
		s.voice.faults(faults)
		return nil, ErrFaults
	}
	at := &scene{stack: stack}
	var unknown []string
	if at.bare, unknown = bare(stack.apis, s.o.DefaultApis); len(unknown) > 0 {
		return nil, &UsageError{fmt.Errorf("--default-api %s: there is no such API in %s", unknown[0], stack.title)}
	}
	return at, nil
}

// open opens the gateway; nothing is served yet.
func (s *session) open() (err error) {
	c := s.o.Config
	if c.DataDir == "" {
		folder, err := openFolder(s.reading.folder, s.o.Reset)
		if err != nil {
			return err
		}
		c.DataDir = filepath.Join(folder, "state")
	}
	if !s.o.Management {
		c.Management = free(c.Management)
	}
	c.Local = nil
	c.Logger = slog.New(&handler{voice: s.voice})
	c.DefaultApis = func() []string { return s.served.Load().bare }
	c.Observe.Watch = newTeller(s.voice.request, func() *stack { return s.served.Load().stack }).watch
	c.FunctionLog = func(l local.Line) { s.voice.function(s.served.Load().logical(l.Function), l) }
	s.server, err = server.New(c)
	return err
}

// free is an address, or the next one that is free where another program listens
// there: two projects side by side both want the same one.
func free(address string) string {
	l, err := net.Listen("tcp", address)
	if err == nil {
		_ = l.Close()
		return address
	}
	host, _, split := net.SplitHostPort(address)
	if split != nil || !errors.Is(err, syscall.EADDRINUSE) {
		return address // the server words what is wrong
	}
	return net.JoinHostPort(host, "0")
}

// serve runs the gateway and applies what is saved, until ctx ends.
func (s *session) serve(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	var group tasks.Group
	group.Go("the gateway", func() { ended <- s.server.Run(running) })
	defer group.Wait()
	defer stop()
	if s.o.Once {
		// Nobody can end a read of the standard input, so that nobody waits for it.
		var input tasks.Group
		input.Go("waiting for the end of the input", func() {
			_, _ = io.Copy(io.Discard, s.o.In)
			stop()
		})
	}
	watcher, err := watch.New(slog.New(&handler{voice: s.voice}))
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close() }()
	if err := s.begin(running); err != nil {
		return err
	}
	group.Go("following what is saved", func() { s.follow(running, watcher) })
	return <-ended
}

// begin serves for the first time.
func (s *session) begin(ctx context.Context) error {
	at, err := s.read()
	if err != nil {
		return err
	}
	if _, err := s.apply(ctx, at); err != nil {
		return err
	}
	s.voice.ready(at)
	return nil
}

// apply serves what was read: functions first that are new, then what calls them, and
// last those are let go that nothing calls any more.
func (s *session) apply(ctx context.Context, at *scene) (*change, error) {
	at.data, at.management = s.server.DataAddr(), s.server.ManagementAddr()
	before := s.served.Load()
	c := &change{functions: differing(before.functions, at.functions)}
	changes, err := s.server.Stack(ctx, at.name, at.document)
	if err != nil {
		return nil, err
	}
	c.Changes = changes
	s.served.Store(at)
	return c, nil
}

// differing are the logical ids of functions that are not the same in both.
func differing(before, after []function) []string {
	return nil
}

// follow applies what is saved until ctx ends.
func (s *session) follow(ctx context.Context, w *watch.Watcher) {
	for {
		w.Files(s.reading.files...)
		if !w.Wait(ctx) {
			return
		}
		at, err := s.read()
		if err != nil {
			s.trouble(err)
			continue
		}
		c, err := s.apply(ctx, at)
		if err != nil {
			s.trouble(err)
			continue
		}
		if !c.empty() {
			s.voice.changed(at, c)
		}
	}
}

// trouble tells of what keeps a save from being served. Faults were told already.
func (s *session) trouble(err error) {
	if !errors.Is(err, ErrFaults) && !errors.Is(err, context.Canceled) {
		slog.New(&handler{voice: s.voice}).Error("what was saved is not served", "error", err)
	}
}

var _ = slices.Equal[[]string]
