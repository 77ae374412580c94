package wsapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// connectionPath finds the connection id in /@connections/{id}, escaped or not.
// Observed: callers send @ and = escaped as well as plain; and AWS's own client for JavaScript
// sends //@connections where its endpoint ends in a slash. Assumed: slashes in front count once.
func connectionPath(path string) (id string, ok bool) {
	head, rest, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	if head = uripath.Unescape(head); head != "@connections" {
		return "", false
	}
	return uripath.Unescape(rest), true
}

// forMany says whether a call of @connections is a broadcast: one that names no client, nor
// has a slash where its name would be.
func forMany(r *http.Request, path string) bool {
	return r.Method == http.MethodPost && !strings.Contains(strings.TrimLeft(path, "/"), "/")
}

// callback is a call of @connections.
type callback struct {
	visit *routing.Match
	stage *serving.Stage // nil: it is that of the connection, which must be called name
	name  string
	id    string
	all   bool       // it is for many clients, and has no id
	many  *broadcast // whom it is for then, once its body is read

	began  time.Time
	length int64  // of the body, as it was announced; below 1 where it was not
	body   []byte // that was posted, once it is read
	shown  []byte // of it what a record may show, where another node has said so
	judged bool   // the caller was let in

	met   bool          // the client is of this node, and was there
	known *mask.Secrets // of it then, nil for none
}

var _ routing.Callbacks = (*Plane)(nil)

// Callback implements routing.Callbacks: the connection is found by its id alone, and
// the stage must be its own. A caller without permission does not learn what exists.
func (p *Plane) Callback(w http.ResponseWriter, r *http.Request, v *routing.Match) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(v.Path, "/"), "/")
	id, _ := connectionPath(rest)
	p.manage(w, r, &callback{visit: v, name: uripath.Unescape(name), id: id, all: forMany(r, rest)})
}

// manage answers POST, GET and DELETE of /@connections/{id}.
// Documented: Amazon API Gateway Management API Reference: PostToConnection,
// GetConnection, DeleteConnection.
func (p *Plane) manage(w http.ResponseWriter, r *http.Request, c *callback) {
	p.meet(c)
	c.began, c.length = time.Now(), r.ContentLength
	tap.Announce(w.Header(), c.visit.Draft, http.StatusForbidden)
	read, err := p.guarded(w, r, c)
	whole := false // a panic may leave somebody at work for the call
	defer func() {
		p.noteCallback(r, c, err)
		if whole {
			c.letGo(w)
		}
	}()
	switch {
	case err != nil && !read:
		turnAway(w, r, err)
	case err != nil:
		reject(w, err)
	case r.Method == http.MethodPost:
		p.told(c)
	}
	whole = err == nil
}

// letGo has the next requests use what a call and its request were made of. A record may look
// at them later, so that such calls are left to the collector, and so are broadcasts, whose
// parts others may have.
func (c *callback) letGo(w http.ResponseWriter) {
	lent, ok := w.(interface{ LetGo() bool })
	if ok && c.many == nil && c.visit.Draft == nil && lent.LetGo() {
		c.visit.Free()
	}
}

// guarded decides whether the caller may, and acts. The caller is judged by the
// head first; no body is read of one that cannot be let in. A panic is an error
// before anything was answered: nobody gets in by one. read says that the body was
// read.
func (p *Plane) guarded(w http.ResponseWriter, r *http.Request, c *callback) (read bool, err error) {
	defer p.config.Reports.Catch("@connections", &err)
	var claim admission.Claim = admission.Anybody{}
	if p.config.Guard != nil {
		if claim, err = p.config.Guard.Head(r, &c.visit.Client, c.stage.Plan()); err != nil {
			return false, err
		}
	}
	hold, suspect := p.config.Bodies.Hold(), p.config.Unproven.Hold()
	defer hold.Free()
	defer suspect.Free()
	holds := []*budget.Hold{&hold, &suspect}
	if claim.Proven() {
		holds = holds[:1]
	}
	most := p.config.Message
	if c.all {
		most += most/2 + mostList
	}
	body, err := p.posted(w, r, most, holds)
	if err != nil {
		return false, err
	}
	if err := claim.Prove(body); err != nil {
		return true, err
	}
	suspect.Free()
	c.body, c.judged = body, true
	if c.all {
		if c.many, err = p.readBroadcast(r.URL.RawQuery, body); err != nil {
			return true, err
		}
	}
	if c.stage == nil {
		if err := p.find(r, c, claim); err != nil {
			return true, err
		}
	}
	answer := &named{w, c.visit.Draft}
	if c.many != nil {
		return true, p.spread(answer, r, connection.Place{ApiID: c.stage.ApiID, Stage: c.stage.Name}, c.many)
	}
	err = p.act(answer, r, c)
	if err == nil {
		tap.Announce(w.Header(), c.visit.Draft, http.StatusOK) // of an answer without a body
	}
	return true, err
}

// find finds the stage of a connection.
//
// Assumed: under another stage than its own a connection is gone where the API has
// that stage, and forbidden where it has not, as under a host that names the API.
func (p *Plane) find(r *http.Request, c *callback, claim admission.Claim) error {
	ids := []string{c.id}
	if c.many != nil {
		if ids = c.many.ids[:min(len(c.many.ids), mostGone)]; len(ids) == 0 {
			return fault.New(fault.Forbidden, "Forbidden") // nothing says which API is meant
		}
	}
	var at connection.Place
	err := connection.ErrGone
	for i := 0; i < len(ids) && errors.Is(err, connection.ErrGone); i++ {
		p.opened(r.Context(), ids[i])
		at, err = p.config.Connections.Find(r.Context(), ids[i])
	}
	if err != nil {
		return connection.Fault(err)
	}
	api := p.config.Apis.Api(at.ApiID)
	if api == nil || api.Stages[at.Stage] == nil {
		return connection.Fault(connection.ErrGone)
	}
	c.stage = api.Stages[at.Stage]
	// Whose connection it is would be told by any other answer than that of ids that nobody has.
	if err := claim.May(c.stage.Stage); errors.Is(err, admission.ErrOtherAccount) {
		return connection.Fault(connection.ErrGone)
	} else if err != nil {
		return err
	}
	switch {
	case c.stage.Api.DisableExecuteApiEndpoint, api.Stages[c.name] == nil:
		return fault.New(fault.Forbidden, "Forbidden")
	case c.name != at.Stage:
		return connection.Fault(connection.ErrGone)
	}
	return nil
}

// posted reads the body of a call, of at most so many bytes.
func (p *Plane) posted(w http.ResponseWriter, r *http.Request, most int, holds []*budget.Hold) ([]byte, error) {
	switch {
	case r.ContentLength == 0:
		return nil, nil
	// Documented: API Gateway Developer Guide, Amazon API Gateway quotas: a message
	// has 128 KB.
	case r.ContentLength > int64(most):
		return nil, fault.New(fault.PayloadTooLarge, "Message too long")
	}
	// A server that upgrades has no deadline of its own for bodies.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(timeout))
	stop := func() { _ = control.SetReadDeadline(time.Unix(1, 0)) }
	body, err := budget.Read(http.MaxBytesReader(w, r.Body, int64(most)), r.ContentLength, stop, holds...)
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, fault.New(fault.PayloadTooLarge, "Message too long")
	}
	if errors.Is(err, budget.ErrFull) {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "Service Unavailable", Err: err}
	}
	if err != nil {
		return nil, fault.New(fault.BadRequest, "The body could not be read")
	}
	return body, nil
}

// turnAway answers a call whose body is not read to its end, and ends its
// connection, since the rest would be taken for the next call.
func turnAway(w http.ResponseWriter, r *http.Request, err error) {
	if r.ContentLength != 0 && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w).EnableFullDuplex() // answer before the rest comes
	}
	reject(w, err)
}

// act does what an admitted call of @connections asks for, at whichever node has the client.
func (p *Plane) act(w http.ResponseWriter, r *http.Request, c *callback) (err error) {
	stage, id := c.stage, c.id
	at := connection.Place{ApiID: stage.ApiID, Stage: stage.Name}
	// Documented: API Gateway Developer Guide, Manage connected users and client
	// apps: there is a connection only once $connect has ended.
	p.opened(r.Context(), id)
	p.meet(c) // it may have come meanwhile
	switch r.Method {
	case http.MethodPost:
		if c.visit.Draft == nil {
			return connection.Fault(p.config.Connections.Send(r.Context(), at, id, c.body))
		}
		c.shown, err = p.config.Connections.SendShown(r.Context(), at, id, c.body)
		return connection.Fault(err)
	case http.MethodDelete:
		code, reason, err := farewell(r, stage)
		if err != nil {
			return err
		}
		err = connection.Fault(p.config.Connections.Disconnect(r.Context(), at, id, code, reason))
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	case http.MethodGet:
		info, err := p.config.Connections.Info(r.Context(), at, id)
		if err != nil {
			return connection.Fault(err)
		}
		return describe(w, info)
	}
	return fault.New(fault.Forbidden, "Forbidden")
}

// farewell is the close code and reason of a DELETE. AWS's call has neither, and always closes
// with 1000; a stage can let callers say others, as ?code=4001&reason=bye.
func farewell(r *http.Request, stage *serving.Stage) (code int, reason string, err error) {
	code, reason = connection.Normal, connection.NormalReason
	if !stage.Extensions.Close || r.URL.RawQuery == "" {
		return code, reason, nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil { // the client would be told another code than was meant
		return 0, "", fault.New(fault.BadRequest, "The query cannot be read: %v", err)
	}
	if query.Has("reason") {
		reason = query.Get("reason")
	}
	if text := query.Get("code"); text != "" {
		if code, err = strconv.Atoi(text); err != nil || !socket.Sendable(code) {
			return 0, "", fault.New(fault.BadRequest, "code must be 1000 to 1003, 1007 to 1014 or 3000 to 4999, got %q", text)
		}
	}
	// RFC 6455, 5.5: a control frame has 125 bytes, two of them the code.
	if len(reason) > 123 || !utf8.ValidString(reason) {
		return 0, "", fault.New(fault.BadRequest, "reason must be text of at most 123 bytes")
	}
	return code, reason, nil
}

// describe answers GetConnection. Documented: Amazon API Gateway Management API
// Reference: times are ISO 8601. Names begin small on the wire, whatever SDKs make of
// them.
func describe(w http.ResponseWriter, info connection.Info) error {
	type identity struct {
		SourceIP  string `json:"sourceIp"`
		UserAgent string `json:"userAgent"`
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(struct {
		ConnectedAt  string   `json:"connectedAt"`
		Identity     identity `json:"identity"`
		LastActiveAt string   `json:"lastActiveAt"`
	}{
		info.ConnectedAt.UTC().Format(time.RFC3339Nano),
		identity{info.SourceIP, info.UserAgent},
		info.LastActiveAt.UTC().Format(time.RFC3339Nano),
	})
}

// reject words a fault as AWS does; GoneException has no body at all.
// Observed: its name is in the header alone.
func reject(w http.ResponseWriter, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Gone {
		w.Header().Set("X-Amzn-Errortype", kind.Exception())
		w.WriteHeader(kind.Status())
		return
	}
	writeError(w, kind.Status(), kind.Exception(), fault.Message(err))
}

// writeError names the exception in a header, where SDKs read it, and says the message in the body.
func writeError(w http.ResponseWriter, status int, exception, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", exception)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, bodyOf(message))
}

// bodyOf is the body of an answer with a message.
func bodyOf(message string) string { return `{"message":` + exchange.Quote(message) + "}" }
