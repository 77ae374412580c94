package document

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
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

// announceWait bounds how long an import waits until it is served.
const announceWait = 2 * time.Second

// Door is the http.Handler of Path.
type Door struct {
	Store   store.Store
	Account string

	// Authenticate verifies signatures, nil believes everybody. A key whose policy
	// does not allow everything may not read or write the whole.
	Authenticate func(r *http.Request, body []byte) (wire.Identity, error)
	Announce     func(ctx context.Context, revision int64) error // returns when a revision is served; nil: nobody serves
	Audit        func(ctx context.Context, e wire.Entry)         // told of every import; nil: nobody is
	Now          func() time.Time                                // nil for time.Now
}

// ServeHTTP answers one request. Errors have the form of the management API's.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := d.now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var id wire.Identity
	var answer []byte
	if err != nil {
		err = fault.New(fault.PayloadTooLarge, "Request size exceeded %d bytes", maxBody)
	} else if id, err = d.authenticate(r, body); err == nil {
		answer, err = d.serve(r, body)
	}
	status, exception := http.StatusOK, ""
	if err != nil {
		status, exception = refuse(w, err)
	} else {
		w.Header().Set("Content-Type", "application/yaml")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer) // the client may have gone away
	}
	if d.Audit == nil || r.Method != http.MethodPut || dry(r) {
		return
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	d.Audit(r.Context(), wire.Entry{Time: began, Duration: d.now().Sub(began), Operation: "ImportConfiguration", Resource: Path, AccessKey: id.AccessKey,
		Account: id.Account, Region: id.Region, SourceIP: host, UserAgent: r.UserAgent(), Status: status, Exception: exception})
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

func dry(r *http.Request) bool { return r.URL.Query().Get("dryRun") == "true" }

// authenticate lets those in who may do everything, or for a GET read everything.
func (d *Door) authenticate(r *http.Request, body []byte) (id wire.Identity, err error) {
	if d.Authenticate == nil {
		return id, nil
	}
	if id, err = d.Authenticate(r, body); err != nil || id.Permit == nil {
		return id, err
	}
	operation := wire.Lookup("GetApiKeys")
	if r.Method != http.MethodGet {
		operation = wire.Lookup("ImportApi")
	}
	return id, id.Permit(&wire.Request{Operation: operation, Path: map[string]string{}})
}

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
	changes, err := Changes(ctx, d.Store, body, d.Account, d.now(), dry(r))
	if err != nil || dry(r) {
		return []byte(changes), err
	}
	revision, err := Replace(ctx, d.Store, body)
	if err != nil {
		return nil, err
	}
	d.announce(ctx, revision)
	return []byte(changes), nil
}

func (d *Door) announce(ctx context.Context, revision int64) {
	if d.Announce == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, announceWait)
	defer cancel()
	if err := d.Announce(ctx, revision); err != nil {
		slog.WarnContext(ctx, "an imported configuration is stored but not served yet", "revision", revision, "error", err)
	}
}

// refuse answers an error.
func refuse(w http.ResponseWriter, err error) (status int, exception string) {
	kind, message := fault.KindOf(err), fault.Message(err)
	if wrong, ok := errors.AsType[*Error](err); ok {
		kind, message = fault.BadRequest, wrong.Error()
	}
	status, exception = kind.Status(), kind.Exception()
	if signature, ok := errors.AsType[*sigv4.Error](err); ok {
		status, exception, message = signature.Status(), signature.Code, signature.Message
	} else if kind == fault.Internal {
		slog.Error("the configuration could not be read or written", "error", err)
	}
	text, _ := json.Marshal(map[string]string{"message": message}) // a map of texts
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", exception)
	w.WriteHeader(status)
	_, _ = w.Write(text)
	return status, exception
}
