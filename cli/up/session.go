package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/up/services"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/internal/watch"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/template"
)

// session is one run of `dragoman up`.
type session struct {
	o            *Options
	voice        voice
	reading      *reading
	folder       string // of the state
	passing      bool   // the folder goes with the session
	server       *server.Server
	elsewhere    elsewhere
	certificates *certificates
	watcher      *watch.Watcher
	served       atomic.Pointer[scene] // what was applied last

	mu    sync.Mutex // Protects fields below.
	begun bool       // ready was told
	early []local.Inspection
}

// Run serves what the options name until ctx ends, and with Once until In ends.
func Run(ctx context.Context, o *Options) error {
	r, err := find(o)
	if err != nil {
		return err
	}
	s := &session{o: o, reading: r}
	r.objects.client = func(ctx context.Context) (*services.Client, error) { return s.elsewhere.open(ctx, o) }
	s.served.Store(&scene{Loaded: &template.Loaded{}})
	if o.JSON {
		s.voice = newLines(o)
	} else {
		s.voice = newScreen(o)
	}
	defer s.voice.close()
	// Before anything is opened: what cannot be read leaves no trace.
	first, err := s.read(ctx)
	if err != nil {
		return err
	}
	if o.Check {
		s.voice.checked(first)
		return nil
	}
	err = s.open(first)
	if s.passing {
		defer func() { _ = os.RemoveAll(s.folder) }()
	}
	if err != nil {
		return err
	}
	return s.serve(ctx)
}

// read reads what is to be served, asks for what is missing where somebody can
// answer, and tells of the faults.
func (s *session) read(ctx context.Context) (*scene, error) {
	at := s.whole(ctx, s.reading.read(s.elsewhere.values))
	if s.server != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(at.Missing) > 0 {
		answered, err := ask(ctx, s.o, at.Missing)
		if err != nil {
			return nil, err
		}
		if answered {
			at = s.reading.read(s.elsewhere.values)
		}
	}
	// Whatever is wrong may follow from what is not there yet, and what has come may name
	// more of it.
	for round := 0; len(at.Wanted) > 0 && round < mostRounds; round++ {
		if err := s.reading.objects.documents(ctx, at.Wanted); err != nil {
			return nil, fmt.Errorf("--services %s: %w", s.o.Services, err)
		}
		at = s.reading.read(s.elsewhere.values)
	}
	if len(at.Faults) == 0 && s.server != nil && s.o.Services != "" && at.Services != nil {
		values, err := s.elsewhere.make(ctx, s.o, at.name, at.Services)
		if err != nil {
			return nil, err
		}
		at = s.reading.read(values)
		at.Notes = append(at.Notes, s.elsewhere.notes...)
	}
	if len(at.Faults) > 0 {
		s.voice.faults(at.Faults)
		return nil, ErrFaults
	}
	for name, port := range s.o.Inspect {
		f := at.find(name)
		if f == nil {
			return nil, &UsageError{fmt.Errorf("--inspect %s: there is no such function in %s", name, at.Took)}
		}
		f.Inspect = &port
	}
	var unknown []string
	if at.bare, unknown = bare(at.APIs, s.o.DefaultApis); len(unknown) > 0 {
		return nil, &UsageError{fmt.Errorf("--default-api %s: there is no such API in %s", unknown[0], at.Took)}
	}
	return at, nil
}

// mostRounds is how many times what has come may ask for more.
const mostRounds = 10

// open opens the gateway; nothing is served yet.
func (s *session) open(first *scene) (err error) {
	c := s.o.Config
	// Functions and signatures are of the region that the template is deployed to.
	if s.o.Region == "" && len(first.APIs) > 0 {
		c.Region = first.APIs[0].Region
	}
	if s.folder, err = openFolder(s.reading.folder, s.o.Reset); errors.Is(err, errNoPlace) && (c.DataDir != "" || s.o.Memory) {
		s.folder, s.passing, err = elsewhereThan(c.DataDir)
	}
	if err != nil {
		return err
	}
	if c.DataDir == "" && !s.o.Memory {
		c.DataDir = state(s.folder)
	}
	if !s.o.Management {
		c.Management = free(c.Management)
	}
	s.certificates = newCertificates(filepath.Join(s.folder, "certificates"))
	c.Local, c.Beside = nil, s.certificates
	// What integrations ask of other services is where those of the template are.
	if !services.Public(s.o.Services) {
		c.Services = s.o.Services
	}
	c.Observe.LogFolder = filepath.Join(s.folder, "logs")
	c.Logger = slog.New(&handler{voice: s.voice})
	c.Streams = func(id string) bool { return s.served.Load().streams(id) }
	c.DefaultApis = func() []string { return s.served.Load().bare }
	c.Observe.Watch = newTeller(s.voice.request, s.served.Load).watch
	c.FunctionInspect = s.inspected
	c.FunctionLog = func(l local.Line) { s.voice.function(s.served.Load().logical(l.Function), l) }
	if s.server, err = server.New(c); err != nil {
		return err
	}
	s.reading.data = dialled(s.server.DataAddr())
	s.reading.objects.folder = s.code()
	return os.RemoveAll(s.code())
}

// code is the folder for code that is not in a folder of the user's.
func (s *session) code() string { return filepath.Join(s.folder, "code") }

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
	watcher, err := watch.New(slog.New(&handler{voice: s.voice}))
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close() }()
	s.watcher = watcher
	if err := s.begin(running); err != nil {
		// Whoever ends it before it serves wants no more than one who does later; what is
		// told is that everything was closed, or was not waited for.
		if ctx.Err() != nil && !errors.Is(err, ErrFaults) {
			return nil
		}
		return err
	}
	if s.o.Once {
		// Nobody can end a read of the standard input, so that nobody waits for it. One that
		// has ended already ends it as soon as it serves.
		var input tasks.Group
		input.Go("waiting for the end of the input", func() {
			_, _ = io.Copy(io.Discard, s.o.In)
			stop()
		})
	}
	group.Go("following what is saved", func() { s.follow(running) })
	return <-ended
}

// begin serves for the first time.
func (s *session) begin(ctx context.Context) error {
	at, err := s.read(ctx)
	if err != nil {
		return err
	}
	if _, err := s.apply(ctx, at); err != nil {
		return err
	}
	s.voice.ready(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.early {
		s.voice.inspect(i)
	}
	s.early, s.begun = nil, true
	return nil
}

// inspected tells where a debugger may attach, below what there is.
func (s *session) inspected(i local.Inspection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun {
		s.early = append(s.early, i)
		return
	}
	s.voice.inspect(i)
}

// stackName is that of all that sessions make in one state: whatever the template is
// called, it takes the place of the one before.
const stackName = "up"

// apply serves what was read: functions first that are new, then what calls them, and
// last those are let go that nothing calls any more.
func (s *session) apply(ctx context.Context, at *scene) (*change, error) {
	at.secure = s.o.Config.DevTLS
	at.data, at.management = s.reading.data, dialled(s.server.ManagementAddr())
	for i := range at.Functions {
		if err := place(ctx, s.code(), &s.reading.objects, &at.Functions[i], &at.functions[i]); err != nil {
			return nil, fmt.Errorf("the code of %s: %w", at.Functions[i].LogicalID, err)
		}
	}
	at.shorten()
	if err := s.certificates.set(at.Certificates); err != nil {
		return nil, err
	}
	before := s.served.Load()
	if err := s.server.ReplaceFunctions(both(before.functions, at.functions)...); err != nil {
		return nil, err
	}
	changes, err := s.server.Stack(ctx, stackName, at.Document)
	if err != nil {
		return nil, errors.Join(err, s.server.ReplaceFunctions(before.functions...))
	}
	c := &change{Changes: changes, functions: differing(before.functions, at.functions)}
	s.served.Store(at)
	return c, s.server.ReplaceFunctions(at.functions...)
}

// follow applies what is saved until ctx ends.
func (s *session) follow(ctx context.Context) {
	wrong := false // the last save was not served
	for s.wait(ctx) {
		at, err := s.read(ctx)
		var c *change
		if err == nil {
			c, err = s.apply(ctx, at)
		}
		if err != nil {
			wrong = true
			s.trouble(err)
			continue
		}
		// Whoever was told of faults waits for a word that they are mended, be it that all is
		// as it was before them.
		if !c.empty() || wrong {
			s.voice.changed(at, c)
		}
		wrong = false
	}
}

// settling is how long a save that was seen by chance may go on.
const settling = 50 * time.Millisecond

// wait returns true when there is something to read again, and false when ctx has
// ended. What was saved since it was read, before it was watched, is told by nobody.
func (s *session) wait(ctx context.Context) bool {
	s.watcher.Files(slices.Sorted(maps.Keys(s.reading.files))...)
	if s.reading.files.same() {
		return s.watcher.Wait(ctx)
	}
	moment, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	s.watcher.Wait(moment)
	return ctx.Err() == nil
}

// trouble tells of what keeps a save from being served. Faults were told already.
func (s *session) trouble(err error) {
	if !errors.Is(err, ErrFaults) && !errors.Is(err, context.Canceled) {
		slog.New(&handler{voice: s.voice}).Error("what was saved is not served", "error", err)
	}
}
