package wire

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/internal/uuid"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// DefaultMaxBody is how many bytes a body may have unless Config says otherwise.
// The largest members are templates and schemas of 32 KiB.
const DefaultMaxBody = 1 << 20

// Handler answers one operation. The answer is a noun, a Page, a Document, a Stream, one that was
// Encoded before, any value of the JSON that the operation documents, or nil for no members. Errors
// are faults; any other is an internal error to the client and whole in the log.
type Handler func(ctx context.Context, r *Request) (answer any, err error)

// Identity is who a request comes from, once its signature was verified.
type Identity struct {
	AccessKey string
	Account   string // "" for the server's
	Region    string // "" for the server's

	// Permit judges a request by the policy of the key; nil permits all. It is
	// shown the operation and the members of the path, before anything else is
	// decoded: who may not call learns nothing of what is wrong with the call.
	Permit func(r *Request) error

	// Reaches says whether the key reaches an API, "" for none; nil reaches all. It is
	// what handlers of Shared operations ask.
	Reaches func(api string) bool
}

// Row is an operation that AWS does not have, and who answers it. It passes the same
// checks: signature, policy, limits, audit and errors. Its name and path are its
// own.
type Row struct {
	*Operation
	Handle Handler
}

// Config is what a Server needs. Only Handlers must be there.
type Config struct {
	Handlers map[string]Handler // by the name of AWS's operation
	Own      []Row

	// Authenticate judges the head of a request, before its body is read. nil,
	// and a nil claim, believes every request, and takes the region and the key that it names.
	Authenticate func(r *http.Request) (*Claim, error)

	// Bodies bounds what the bodies of all requests hold.
	Bodies Bodies

	// SourceIP tells whom a request is from; nil for the peer of its connection.
	SourceIP func(r *http.Request) string

	// Admit says whether the server takes one more request now; nil takes all.
	Admit func() bool

	Region  string
	Account string
	MaxBody int64 // bytes; 0 for DefaultMaxBody

	// Within is the context in which a call of an account is handled, which shows what is
	// stored as that account sees it. nil: all calls are handled in the request's own.
	Within func(ctx context.Context, account string) context.Context
	// Reaches says whether an API is an account's; nil: all are everybody's. It is asked
	// beside Identity.Reaches.
	Reaches func(ctx context.Context, account, api string) bool

	// Audit is told of every write, refused ones too, after it was answered.
	Audit   func(ctx context.Context, entry Entry)
	Logger  *slog.Logger    // nil for slog.Default
	Reports *tasks.Reporter // is told of handlers that panic
}

// Server is the http.Handler of the management API.
type Server struct {
	config   Config
	router   *router
	handlers map[string]Handler // by operation name
}

// NewServer makes the handler of the management API.
func NewServer(config Config) *Server {
	if config.MaxBody <= 0 {
		config.MaxBody = DefaultMaxBody
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.SourceIP == nil {
		config.SourceIP = sourceIP
	}
	s := &Server{config: config, handlers: map[string]Handler{}}
	maps.Copy(s.handlers, config.Handlers)
	operations := slices.Clone(Operations())
	for _, row := range config.Own {
		operations = append(operations, row.Operation)
		s.handlers[row.Name] = row.Handle
	}
	s.router = newRouter(operations)
	return s
}

// HasPath says whether any operation has an escaped path, with whatever method.
func (s *Server) HasPath(escaped string) bool { return s.router.find("", escaped, nil).allow != nil }

// ServeHTTP answers one request. Signatures are judged before anything else, so
// that those without a key learn nothing.
func (s *Server) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	began := time.Now()
	c := calls.Get().(*call)
	c.server, c.http, c.writer, c.id = s, hr, w, uuid.New()
	c.serve()
	c.audit(hr.Context(), began)
	c.letGo()
}

// calls are those that nobody has any part of.
var calls = sync.Pool{New: func() any { return new(call) }}

// letGo has the next calls use what this one was made of, and its request with its context, where
// the answer was Encoded: who handles such a call keeps nothing of it but texts. Of all others
// that is not known, and those of many are streams, or go on once they are answered. The server of
// the connection is asked last, for it may have reasons of its own to keep a request.
func (c *call) letGo() {
	if !c.encoded {
		return
	}
	lender, ok := c.writer.(interface{ LetGo() bool })
	if !ok || !lender.LetGo() {
		return
	}
	clear(c.path)
	*c = call{path: c.path}
	calls.Put(c)
}

// call is one request on its way through the server.
type call struct {
	server    *Server
	http      *http.Request
	writer    http.ResponseWriter
	id        string
	claim     *Claim // nil: nobody is asked
	body      *heldBody
	whole     bool // all of it was read
	identity  Identity
	ctx       context.Context // see within; nil: not made yet
	operation *Operation
	request   *Request
	room      Request           // where request stands, to make one object of both
	path      map[string]string // members of the path; an empty one at first that is to be filled, or nil
	encoded   bool              // the answer was Encoded, and nobody keeps any part of the call
	made      string            // id of what a create has made, for the audit
	status    int
	exception string
	lines     [4]string // of the answer's header, which has a list for each name
}

func (c *call) serve() {
	answerFirst(c.writer, c.http)
	defer func() { c.body.free() }()
	answer, err := c.run()
	if err != nil {
		c.fail(err)
		return
	}
	c.answer(answer)
}

// run judges the head, reads, judges the body, decodes and handles, in this
// order: who has no key costs no memory and learns nothing, not even which paths
// there are. A handler that panics is one failed request.
func (c *call) run() (answer any, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, c.server.config.Reports.Report("a management request", p, "requestId", c.id)
		}
	}()
	found := c.server.router.find(c.http.Method, c.http.URL.EscapedPath(), c.path)
	c.operation, c.path = found.operation, found.path
	if err := c.read(); err != nil {
		return nil, err
	}
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	if c.server.config.Admit != nil && !c.server.config.Admit() {
		return nil, fault.New(fault.TooManyRequests, "Too Many Requests")
	}
	if found.operation == nil {
		return nil, c.unknown(found)
	}
	if err := c.decode(found, c.body.bytes); err != nil {
		return nil, err
	}
	handler := c.server.handlers[c.operation.Name]
	if handler == nil {
		return nil, fault.New(fault.UnknownOperation, "%s is not supported", c.operation.Name)
	}
	return handler(c.within(), c.request)
}

// within is the context in which the call is handled, made once.
func (c *call) within() context.Context {
	if c.ctx == nil {
		c.ctx = c.http.Context()
		if c.server.config.Within != nil {
			c.ctx = c.server.config.Within(c.ctx, c.identity.Account)
		}
	}
	return c.ctx
}

// reaches says whether the caller reaches an API: it must be of the caller's account, and
// one that the key is not kept from. "" is what belongs to no API.
func (c *call) reaches(api string) bool {
	key, account := c.identity.Reaches, c.server.config.Reaches
	return (key == nil || key(api)) && (account == nil || api == "" || account(c.within(), c.identity.Account, api))
}

// read reads the body, unless the head is refused already.
func (c *call) read() (err error) {
	if c.server.config.Authenticate != nil {
		if c.claim, err = c.server.config.Authenticate(c.http); err != nil {
			c.identity.AccessKey = claimed(c.http)
			return err
		}
	}
	c.body, err = readBody(c.writer, c.http, c.operation.maxBody(c.server.config.MaxBody), c.server.config.Bodies, c.claim)
	if fault.KindOf(err) == fault.PayloadTooLarge && c.operation != nil && c.operation.Imports {
		err = fault.New(fault.BadRequest, "%s", fault.Message(err)) // an import knows no other refusal
	}
	c.whole = err == nil
	return err
}

// authenticate finds out who asks, and for which region: that of the credential
// scope, whether its signature is verified or only read.
func (c *call) authenticate() (err error) {
	if c.claim != nil {
		if c.identity, err = c.claim.Identity(c.body.bytes); err != nil {
			c.identity.AccessKey = claimed(c.http)
			return err
		}
		c.body.proven()
	} else if a, err := sigv4.Parse(c.http); err == nil {
		c.identity = Identity{AccessKey: a.AccessKeyID, Region: a.Region}
	}
	if c.identity.Region == "" {
		c.identity.Region = c.server.config.Region
	} else if !isRegion(c.identity.Region) {
		return fault.New(fault.InvalidSignature, "Credential should be scoped to a valid region. ")
	}
	if c.identity.Account == "" {
		c.identity.Account = c.server.config.Account
	}
	return nil
}

// isRegion bounds what a credential scope may name: resources are kept by region.
// Regions that AWS does not have are taken, since emulators are run with such.
func isRegion(s string) bool {
	for i := range len(s) {
		if b := s[i]; (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' {
			return false
		}
	}
	return len(s) <= 32
}

// claimed is the access key that a refused request names: the audit line says who
// it claimed to be, and its exception that this was not proven.
func claimed(r *http.Request) string {
	a, err := sigv4.Parse(r)
	if err != nil {
		return ""
	}
	return shorten(a.AccessKeyID)
}

// The policy of the key is asked before the members are decoded, with what the
// path says.
func (c *call) decode(found match, body []byte) error {
	if c.identity.Permit != nil {
		if err := c.identity.Permit(&Request{Operation: found.operation, Path: found.path, Region: c.identity.Region, Account: c.identity.Account}); err != nil {
			return err
		}
	}
	r, err := decode(&c.room, found.operation, found.path, c.http.URL.RawQuery, body)
	if err != nil {
		return err
	}
	r.Header, r.by = c.http.Header, c
	r.Region, r.Account, r.AccessKey = c.identity.Region, c.identity.Account, c.identity.AccessKey
	r.RequestID, r.SourceIP, r.UserAgent = c.id, c.server.config.SourceIP(c.http), c.http.UserAgent()
	c.request = r
	return nil
}

// unknown answers a path that no operation has, or not with this method.
func (c *call) unknown(found match) error {
	if found.allow == nil {
		return fault.New(fault.UnknownOperation, "Unable to determine service/operation name to be authorized")
	}
	for _, method := range found.allow {
		c.writer.Header().Add("Allow", method)
	}
	return fault.New(fault.MethodNotAllowed, "The method %s is not allowed for this resource", shorten(c.http.Method))
}

// sourceIP is the address of whoever is at the other end of a request's connection.
func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
