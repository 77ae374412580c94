package server

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/machine"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/wire"
)

// bounds are what all clients together may take of the process.
type bounds struct {
	templates *vtl.Account   // renderings of mapping templates
	bodies    *budget.Budget // bodies, messages and answers that are held
	strangers *budget.Budget // of them those on the data listener whose signer may be anybody yet
	managers  *budget.Budget // the same on the management listener

	table    *descriptor.Table // open files of clients and backends
	clients  *descriptor.Share // of both data listeners
	backends *descriptor.Share
	doors    []*descriptor.Listener

	data, management, secure *descriptor.Listener // secure is nil without --listen-tls
}

// openBounds bounds memory and open files. The store and the listeners are open:
// they have their files already.
func (s *Server) openBounds() {
	s.bounds.templates = vtl.NewAccount(int(s.config.MaxTemplateMemory))
	s.boundMemory(s.config.MaxBodies)
	s.boundFiles(machine.OpenFiles(), machine.OpenNow())
}

// Memory that is assumed where it is not known, and the most that is held of the
// bodies of callers that may be anybody: room for one configuration of the largest
// size, which must leave a quarter alone.
const (
	someMemory = 4 << 30
	suspicious = 86 << 20
)

// boundMemory divides the memory for bodies; 0 is a quarter of what there is.
func (s *Server) boundMemory(most int64) {
	if most == 0 {
		most = memoryLimit() / 4
	}
	full := &fullness{logger: s.logger, most: most}
	b := &s.bounds
	b.bodies = budget.New(most, budget.Options{Full: full.told, Reports: s.reports})
	// Bodies of callers that are not proven may not use up the memory of others.
	unproven := budget.Options{Slow: time.Second, Full: full.told, Reports: s.reports}
	b.strangers = budget.New(min(suspicious, most/4), unproven)
	b.managers = budget.New(min(suspicious, most/2), unproven)
}

// memoryLimit is how much memory the process may use: as much as its control group
// allows, or else as the machine has, and no more than its user has told Go.
func memoryLimit() int64 {
	limit := machine.ReadMemory(os.DirFS("/")).Limit()
	if limit == 0 {
		limit = someMemory
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		limit = min(limit, debug.SetMemoryLimit(-1))
	}
	return limit
}

// fullness tells the log that there is no memory for bodies, seldom.
type fullness struct {
	logger *slog.Logger
	most   int64
	next   atomic.Int64 // when, in Unix seconds
}

func (f *fullness) told(used int64) {
	now := time.Now().Unix()
	if next := f.next.Load(); now >= next && f.next.CompareAndSwap(next, now+10) {
		f.logger.Warn("bodies are refused: there is no memory for more", "held", used, "most", f.most)
	}
}

// files is how the descriptors of a process are divided.
type files struct {
	clients, backends, both int // at most
	managing                int
	refusals                int // clients that are told that there is no room, at a time
}

// unknownFiles is assumed where no limit of open files is known.
const unknownFiles = 16 << 10

// divide divides limit descriptors of which open are taken already; wanted is how
// many clients are asked for, 0 for as many as can be. A reserve stays for the
// management listener, for backends and for files: without it the client with the
// most connections would shut out all others.
func divide(limit, open, wanted int) files {
	if limit == 0 {
		limit = unknownFiles
	}
	f := files{managing: clamp(limit/16, 8, 256), refusals: clamp(limit/64, 4, 64)}
	spare := clamp(limit/32, 8, 64) // for files that are opened now and then, checks, and resolving names
	f.both = max(2, limit-open-spare-f.refusals-f.managing)
	f.clients = max(1, f.both-clamp(limit/16, 8, 512))
	if wanted > 0 {
		f.clients = min(f.clients, wanted)
	}
	f.backends = max(1, f.both-(f.clients+3)/4)
	return f
}

func clamp(n, least, most int) int { return max(least, min(n, most)) }

// boundFiles divides the open files and makes the listeners keep to it.
func (s *Server) boundFiles(limit, open int) {
	f, b := divide(limit, open, s.config.MaxConnections), &s.bounds
	if f.clients < s.config.MaxConnections {
		s.logger.Warn("--max-connections is lower than asked for: the limit of open files allows no more", "asked", s.config.MaxConnections, "connections", f.clients, "files", limit)
	}
	b.table = descriptor.NewTable(f.both)
	b.clients, b.backends = b.table.Share(f.clients), b.table.Share(f.backends)
	managing := descriptor.NewTable(f.managing).Share(f.managing)
	b.data = s.bound("data", s.data.Listener, b.clients, f.refusals)
	s.data.Listener = s.behind(b.data)
	b.management = s.bound("management", s.management.Listener, managing, 2)
	s.management.Listener = b.management
	if s.secure.Listener != nil {
		b.secure = s.bound("tls", s.secure.Listener, b.clients, 0)
		s.secure.Listener = s.behind(b.secure)
	}
}

// bound makes a listener keep to a share.
func (s *Server) bound(name string, l net.Listener, share *descriptor.Share, answers int) *descriptor.Listener {
	o := descriptor.Options{Name: name, Answers: answers, Logger: s.logger, Reports: s.reports}
	if answers > 0 {
		o.Answer = []byte(noRoom)
	}
	made := descriptor.Listen(l, share, o)
	s.bounds.doors = append(s.bounds.doors, made)
	return made
}

// noRoom is the answer to a connection beyond the bound.
const noRoom = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nX-Amzn-Errortype: ServiceUnavailableException\r\n" +
	"Content-Length: 33\r\nConnection: close\r\n\r\n" + `{"message":"Service Unavailable"}`

// observeBounds counts what is taken and refused.
func (s *Server) observeBounds() {
	m, b := s.observers.metrics, &s.bounds
	m.Gauge("bodies_bytes", "Memory held for bodies, messages and answers.", func() float64 { return float64(b.bodies.Used()) })
	m.Gauge("bodies_max_bytes", "Memory that may be held for bodies, messages and answers.", func() float64 { return float64(b.bodies.Limit()) })
	refused := func() float64 { return float64(b.bodies.Refused() + b.strangers.Refused() + b.managers.Refused()) }
	m.Counter("bodies_refused_total", "Bodies, messages and answers that there was no memory for.", nil, refused)
	m.Gauge("templates_bytes", "Memory that mapping templates being rendered have drawn.", func() float64 { return float64(b.templates.Used()) })
	m.Gauge("client_connections", "Connections of clients to the data listeners.", func() float64 { return float64(b.clients.Open()) })
	m.Gauge("client_connections_max", "Connections of clients that there may be.", func() float64 { return float64(b.clients.Most()) })
	m.Gauge("backend_connections", "Connections to backends.", func() float64 { return float64(b.backends.Open()) })
	for _, l := range b.doors {
		labels := map[string]string{"listener": l.Name()}
		m.Counter("connections_refused_total", "Connections that were one too many.", labels, func() float64 { return float64(l.Refused()) })
		m.Counter("accept_errors_total", "Connections that could not be accepted.", labels, func() float64 { return float64(l.Errors()) })
	}
}

// compile makes plans whose templates share one memory, and are as long as the
// management plane allows.
func (s *Server) compile(in plan.Input, known ...*plan.Stage) *plan.Stage {
	in.Renderings, in.MaxTemplate = s.bounds.templates, s.config.MaxTemplate
	return plan.Compile(in, known...)
}

// managed are the bodies of the management listener.
func (b *bounds) managed() wire.Bodies { return wire.Bodies{All: b.bodies, Unproven: b.managers} }

// streams bounds what a connection of HTTP/2 can have the server keep.
// Documented: 128 streams at a time.
func streams() *http.HTTP2Config {
	return &http.HTTP2Config{MaxConcurrentStreams: 128, MaxReceiveBufferPerConnection: 256 << 10, MaxReceiveBufferPerStream: 128 << 10}
}
