package bounds

import (
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/machine"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// Options are what is asked for.
type Options struct {
	Connections int   // of clients at a time; 0 for what the limit of open files allows
	Bodies      int64 // bytes of bodies, messages and answers; 0 for a quarter of the memory
	Templates   int64 // bytes of renderings; 0 for the default of vtl
	Logger      *slog.Logger
	Reports     *tasks.Reporter // is told of panics
}

// Bounds are what all clients together may take of the process.
type Bounds struct {
	Templates *vtl.Account   // renderings of mapping templates
	Bodies    *budget.Budget // bodies, messages and answers that are held
	Strangers *budget.Budget // of them those on the data listener whose signer may be anybody yet
	Managers  *budget.Budget // the same on the management listener

	Table    *descriptor.Table // open files of clients and backends
	Clients  *descriptor.Share // of the data listeners
	Backends *descriptor.Share
	Managing *descriptor.Share // of the management listeners, in a table of their own

	options  Options
	refusals int // clients that are told that there is no room, at a time
	doors    []*descriptor.Listener
}

// New divides memory and open files. Call it when the store and the listeners are open:
// they have their files already.
func New(o Options) *Bounds {
	b := &Bounds{Templates: vtl.NewAccount(int(o.Templates)), options: o}
	b.memory(o.Bodies)
	b.files(machine.OpenFiles(), machine.OpenNow())
	return b
}

// Memory that is assumed where it is not known, and the most that is held of the
// bodies of callers that may be anybody: room for one configuration of the largest
// size, which must leave a quarter alone.
const (
	someMemory = 4 << 30
	suspicious = 86 << 20
)

// memory divides the memory for bodies; 0 is a quarter of what there is.
func (b *Bounds) memory(most int64) {
	if most == 0 {
		most = memoryLimit() / 4
	}
	full := &fullness{logger: b.options.Logger, most: most}
	b.Bodies = budget.New(most, budget.Options{Full: full.told, Reports: b.options.Reports})
	// Bodies of callers that are not proven may not use up the memory of others.
	unproven := budget.Options{Slow: time.Second, Full: full.told, Reports: b.options.Reports}
	b.Strangers = budget.New(min(suspicious, most/4), unproven)
	b.Managers = budget.New(min(suspicious, most/2), unproven)
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

// files divides the open files.
func (b *Bounds) files(limit, open int) {
	f, asked := divide(limit, open, b.options.Connections), b.options.Connections
	if f.clients < asked {
		b.options.Logger.Warn("--max-connections is lower than asked for: the limit of open files allows no more", "asked", asked, "connections", f.clients, "files", limit)
	}
	b.Table = descriptor.NewTable(f.both)
	b.Clients, b.Backends = b.Table.Share(f.clients), b.Table.Share(f.backends)
	b.Managing = descriptor.NewTable(f.managing).Share(f.managing)
	b.refusals = f.refusals
}

// Data makes a listener of clients keep to their share. One that speaks HTTP without
// TLS tells whoever is one too many.
func (b *Bounds) Data(name string, l net.Listener, tls bool) *descriptor.Listener {
	if tls {
		return b.listen(name, l, b.Clients, 0)
	}
	return b.listen(name, l, b.Clients, b.refusals)
}

// Management makes the management listener keep to its share.
func (b *Bounds) Management(name string, l net.Listener) *descriptor.Listener {
	return b.listen(name, l, b.Managing, 2)
}

func (b *Bounds) listen(name string, l net.Listener, share *descriptor.Share, answers int) *descriptor.Listener {
	o := descriptor.Options{Name: name, Answers: answers, Logger: b.options.Logger, Reports: b.options.Reports}
	if answers > 0 {
		o.Answer = []byte(noRoom)
	}
	made := descriptor.Listen(l, share, o)
	b.doors = append(b.doors, made)
	return made
}

// noRoom is the answer to a connection beyond the bound.
const noRoom = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nX-Amzn-Errortype: ServiceUnavailableException\r\n" +
	"Content-Length: 33\r\nConnection: close\r\n\r\n" + `{"message":"Service Unavailable"}`

// Numbers take what is counted. *metric.Metrics is one.
type Numbers interface {
	// Gauge adds a number that is asked for at every reading.
	Gauge(name, help string, value func() float64)
	// Counter is Gauge for a number that only rises; labels may be nil.
	Counter(name, help string, labels map[string]string, value func() float64)
}

// Observe counts what is taken and refused. Call it when all listeners are bounded.
func (b *Bounds) Observe(m Numbers) {
	m.Gauge("bodies_bytes", "Memory held for bodies, messages and answers.", func() float64 { return float64(b.Bodies.Used()) })
	m.Gauge("bodies_max_bytes", "Memory that may be held for bodies, messages and answers.", func() float64 { return float64(b.Bodies.Limit()) })
	refused := func() float64 { return float64(b.Bodies.Refused() + b.Strangers.Refused() + b.Managers.Refused()) }
	m.Counter("bodies_refused_total", "Bodies, messages and answers that there was no memory for.", nil, refused)
	m.Gauge("templates_bytes", "Memory that mapping templates being rendered have drawn.", func() float64 { return float64(b.Templates.Used()) })
	m.Gauge("client_connections", "Connections of clients to the data listeners.", func() float64 { return float64(b.Clients.Open()) })
	m.Gauge("client_connections_max", "Connections of clients that there may be.", func() float64 { return float64(b.Clients.Most()) })
	m.Gauge("backend_connections", "Connections to backends.", func() float64 { return float64(b.Backends.Open()) })
	for _, l := range b.doors {
		labels := map[string]string{"listener": l.Name()}
		m.Counter("connections_refused_total", "Connections that were one too many.", labels, func() float64 { return float64(l.Refused()) })
		m.Counter("accept_errors_total", "Connections that could not be accepted.", labels, func() float64 { return float64(l.Errors()) })
	}
}
