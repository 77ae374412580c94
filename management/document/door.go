package document

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Path is where the management listener gives and takes the document: GET answers
// it, PUT replaces the whole configuration by the one in its body, and PUT with
// ?dryRun=true answers the changes that this would make and makes none.
const Path = "/_dragoman/configuration"

// maxBody is how many bytes a document may have.
const maxBody = 64 << 20

// announceWait bounds how long an import waits until it is served, and turnWait
// how long until it is read: large documents take many times their size in memory
// meanwhile, so they are read one after the other.
const (
	announceWait = 2 * time.Second
	turnWait     = 30 * time.Second
)

// Door is the http.Handler of Path.
type Door struct {
	Store   store.Store
	Account string

	MaxTemplate int // characters of a mapping template, 0 for AWS's

	// Authenticate judges the heads of requests, nil believes everybody. A key whose
	// policy does not allow everything may not read or write the whole.
	Authenticate func(r *http.Request) (*wire.Claim, error)
	Bodies       wire.Bodies                                     // bounds what is held of documents
	Announce     func(ctx context.Context, revision int64) error // returns when a revision is served; nil: nobody serves
	Audit        func(ctx context.Context, e wire.Entry)         // told of every import; nil: nobody is
	SourceIP     func(r *http.Request) string                    // whom a request is from; nil: the peer of its connection
	Now          func() time.Time                                // nil for time.Now
	Logger       *slog.Logger                                    // nil for slog.Default

	made sync.Once
	turn chan struct{} // holds one while a document is read
}

// ServeHTTP answers one request. Errors have the form of the management API's.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := d.now()
	wire.AnswerFirst(w, r)
	c := &visit{door: d, writer: w, http: r}
	defer func() { c.body.Free() }()
	answer, err := c.serve()
	status, exception := http.StatusOK, ""
	if err != nil {
		status, exception = c.refuse(err)
	} else {
		w.Header().Set("Content-Type", "application/yaml")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer) // the client may have gone away
	}
	if d.Audit == nil || r.Method != http.MethodPut || dry(r) {
		return
	}
	source := wire.SourceIP
	if d.SourceIP != nil {
		source = d.SourceIP
	}
	d.Audit(r.Context(), wire.Entry{Time: began, Duration: d.now().Sub(began), Operation: "ImportConfiguration", Resource: Path, AccessKey: c.identity.AccessKey,
		Account: c.identity.Account, Region: c.identity.Region, SourceIP: source(r), UserAgent: r.UserAgent(), Status: status, Exception: exception})
}

// visit is one request on its way through the door.
type visit struct {
	door     *Door
	writer   http.ResponseWriter
	http     *http.Request
	body     *wire.Body
	whole    bool // all of it was read
	identity wire.Identity
}

// serve judges the head, reads the body, judges that, and lets those in who may do
// everything, or for a GET read everything.
func (c *visit) serve() (answer []byte, err error) {
	var claim *wire.Claim
	if c.door.Authenticate != nil {
		if claim, err = c.door.Authenticate(c.http); err != nil {
			return nil, err
		}
	}
	if c.body, err = wire.ReadBody(c.writer, c.http, maxBody, c.door.Bodies, claim); err != nil {
		return nil, err
	}
	c.whole = true
	if claim != nil {
		if c.identity, err = claim.Identity(c.body.Bytes); err != nil {
			return nil, err
		}
		c.body.Proven()
	}
	if err := c.permitted(); err != nil {
		return nil, err
	}
	return c.door.serve(c.http, c.body.Bytes)
}

func (c *visit) permitted() error {
	if c.identity.Permit == nil {
		return nil
	}
	operation := wire.Lookup("GetApiKeys")
	if c.http.Method != http.MethodGet {
		operation = wire.Lookup("ImportApi")
	}
	return c.identity.Permit(&wire.Request{Operation: operation, Path: map[string]string{}})
}

func (d *Door) logger() *slog.Logger {
	if d.Logger == nil {
		return slog.Default()
	}
	return d.Logger
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

func dry(r *http.Request) bool { return r.URL.Query().Get("dryRun") == "true" }

func (d *Door) serve(r *http.Request, body []byte) (answer []byte, err error) {
	ctx := r.Context()
	switch {
	case r.Method == http.MethodGet:
		err = d.Store.View(ctx, func(reader store.Reader) (err error) {
			answer, err = Write(ctx, reader, d.Account, d.now())
			return err
		})
		return answer, err
	case r.Method != http.MethodPut:
		return nil, fault.New(fault.MethodNotAllowed, "The method %s is not allowed for this resource", r.Method)
	}
	if err := d.wait(ctx); err != nil {
		return nil, err
	}
	defer func() { <-d.turn }()
	wanted, err := Parse(body, d.MaxTemplate)
	if err != nil {
		return nil, err
	}
	changes, err := Changes(ctx, d.Store, wanted, d.Account, d.now(), dry(r))
	if err != nil || dry(r) {
		return []byte(changes), err
	}
	revision, err := Replace(ctx, d.Store, wanted)
	if err != nil {
		return nil, err
	}
	d.announce(ctx, revision)
	return []byte(changes), nil
}

// wait waits for its turn.
func (d *Door) wait(ctx context.Context) error {
	d.made.Do(func() { d.turn = make(chan struct{}, 1) })
	timer := time.NewTimer(turnWait)
	defer timer.Stop()
	select {
	case d.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fault.New(fault.Unavailable, "Another configuration is being read")
	}
}

func (d *Door) announce(ctx context.Context, revision int64) {
	if d.Announce == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, announceWait)
	defer cancel()
	if err := d.Announce(ctx, revision); err != nil {
		d.logger().WarnContext(ctx, "an imported configuration is stored but not served yet", "revision", revision, "error", err)
	}
}

// refuse answers an error.
func (c *visit) refuse(err error) (status int, exception string) {
	kind, message := fault.KindOf(err), fault.Message(err)
	if wrong, ok := errors.AsType[*tree.Error](err); ok {
		kind, message = fault.BadRequest, wrong.Error()
	}
	status, exception = kind.Status(), kind.Exception()
	if signature, ok := errors.AsType[*sigv4.Error](err); ok {
		status, exception, message = signature.Status(), signature.Code, signature.Message
	} else if kind == fault.Internal {
		c.door.logger().Error("the configuration could not be read or written", "error", err)
	}
	text, _ := json.Marshal(map[string]string{"message": message}) // a map of texts
	h := c.writer.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("X-Amzn-Errortype", exception)
	if !c.whole {
		wire.Closing(h, c.http)
	}
	c.writer.WriteHeader(status)
	_, _ = c.writer.Write(text)
	if !c.whole {
		wire.LetGo(c.writer, c.http)
	}
	return status, exception
}
