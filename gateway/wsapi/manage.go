package wsapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/exchange"
	"github.com/dragoman-gateway/dragoman/plan"
)

// connectionPath finds the connection id in /@connections/{id}, escaped or not.
func connectionPath(path string) (id string, ok bool) {
	head, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if head = unescape(head); head != "@connections" {
		return "", false
	}
	return unescape(rest), true
}

// manage answers POST, GET and DELETE of /@connections/{id}.
func (p *Plane) manage(w http.ResponseWriter, r *http.Request, stage *plan.Stage, id string) {
	// A server that upgrades has no deadline of its own for bodies.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(timeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(p.config.Message)))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		reject(w, fault.New(fault.PayloadTooLarge, "Message too long"))
		return
	}
	if err != nil {
		reject(w, fault.New(fault.BadRequest, "The body could not be read"))
		return
	}
	if err := p.guarded(w, r, stage, id, body); err != nil {
		reject(w, err)
		return
	}
	if r.Method == http.MethodPost && p.config.Sent != nil {
		p.config.Sent(stage)
	}
}

// guarded decides whether the caller may, and acts. A panic is an error before
// anything was answered: nobody gets in by one.
func (p *Plane) guarded(w http.ResponseWriter, r *http.Request, stage *plan.Stage, id string, body []byte) (err error) {
	defer p.config.Reports.Catch("@connections", &err)
	if p.config.Manage != nil {
		if err := p.config.Manage(r, body, stage); err != nil {
			return err
		}
	}
	return p.act(w, r, connection.Place{ApiID: stage.ApiID, Stage: stage.Name}, id, body)
}

func (p *Plane) act(w http.ResponseWriter, r *http.Request, at connection.Place, id string, body []byte) error {
	p.opened(r.Context(), id)
	switch r.Method {
	case http.MethodPost:
		return told(p.config.Connections.Send(r.Context(), at, id, body))
	case http.MethodDelete:
		err := told(p.config.Connections.Disconnect(r.Context(), at, id, 1000, "Connection Closed Normally"))
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	case http.MethodGet:
		info, err := p.config.Connections.Info(r.Context(), at, id)
		if err != nil {
			return told(err)
		}
		return describe(w, info)
	}
	return fault.New(fault.Forbidden, "Forbidden")
}

// told words what became of a connection for the backend that asked.
func told(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, connection.ErrGone):
		return fault.New(fault.Gone, "")
	case errors.Is(err, connection.ErrFull):
		return fault.New(fault.LimitExceeded, "The client does not take its messages fast enough")
	case errors.Is(err, connection.ErrTooLarge):
		return fault.New(fault.PayloadTooLarge, "Message too long")
	}
	return fault.E("wsapi.manage", err)
}

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
func reject(w http.ResponseWriter, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Gone {
		w.Header().Set("X-Amzn-Errortype", kind.Exception())
		w.WriteHeader(kind.Status())
		return
	}
	writeError(w, kind.Status(), kind.Exception(), fault.Message(err))
}

func writeError(w http.ResponseWriter, status int, exception, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", exception)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":`+exchange.Quote(message)+"}")
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
