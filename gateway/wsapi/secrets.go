package wsapi

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// secrets are those that a client has identified itself with, and what its authorizer
// has handed on: its messages, its end and what is posted to it may repeat them, so that
// they are kept for as long as it is connected, whether anything is recorded or not.
// Nil for most clients.
func (m *call) secrets(r *http.Request) *mask.Secrets {
	var s mask.Secrets
	knows := m.plane.config.Mask
	for name, values := range r.Header {
		for _, value := range values {
			knows.Header(&s, name, value)
		}
	}
	knows.Query(&s, r.URL.RawQuery)
	authorize.Private(m.stage.Stage, r, nil, m.x, func(_, value string) { knows.Value(&s, value) })
	knows.Value(&s, m.x.UsageKey)
	for _, v := range m.x.Authorizer {
		knows.Named(&s, v.Name, fmt.Sprint(v.Value))
	}
	return s.Keep()
}

// private tells a record what must not stand in it.
func (m *call) private(d *record.Draft) {
	d.Known = m.known
	authorize.Private(m.stage.Stage, m.handshake, m.body, m.x, d.Private)
	d.Private("", m.x.UsageKey)
	d.Private("", m.x.Identity.ApiKey)
}

// meet has a call of @connections know what is secret of its client: it is what is posted to
// clients that often repeats who they are.
func (p *Plane) meet(c *callback) {
	if to := p.config.Registry.Get(c.id); to != nil {
		c.met, c.known = true, to.Secrets
	}
	if d := c.visit.Draft; d != nil && c.met {
		d.Known = c.known
	}
}

// shownOf is what the record of a call shows of its body. What is secret of a client of another
// node is known there alone, of one that has left or is still let in by nobody, and of a
// broadcast whose clients are many, nobody reads all: what was not said to be harmless is not
// shown.
func (p *Plane) shownOf(c *callback) record.Member {
	whole := int64(len(c.body))
	if c.all && !p.harmless(c) || !c.all && !c.met {
		return record.Part(string(c.shown), whole)
	}
	return record.Body(c.body)
}

// harmless says whether no client of the stage has secrets that a broadcast could repeat, and
// none that it names has left, whose secrets nobody knows.
func (p *Plane) harmless(c *callback) (is bool) {
	left := func(id string) bool { return p.config.Registry.Get(id) == nil }
	is = p.config.Connections.Others == nil && c.many != nil && !slices.ContainsFunc(c.many.ids, left)
	if is && c.stage != nil {
		p.config.Registry.Range(func(to *connection.Connection) bool {
			is = to.Secrets == nil || to.ApiID != c.stage.ApiID || to.Stage != c.stage.Name
			return is
		})
	}
	return is
}

// show is what other nodes may record of what is sent to a client of this one. It is bounded
// as a record is, and what is compressed is not shown: the record unpacks it.
func (p *Plane) show(known *mask.Secrets, data []byte) []byte {
	if p.config.Mask == nil || record.Packed(string(data)) {
		return nil
	}
	shown := p.config.Mask.Hide(known, string(data), false)
	return []byte(shown[:min(len(shown), record.Kept)])
}

// named has an answer that says itself what it is name its record, if it leaves one.
type named struct {
	http.ResponseWriter
	draft *record.Draft
}

// WriteHeader implements http.ResponseWriter.
func (n *named) WriteHeader(status int) {
	tap.Announce(n.Header(), n.draft, status)
	n.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (n *named) Write(b []byte) (int, error) {
	tap.Announce(n.Header(), n.draft, http.StatusOK)
	return n.ResponseWriter.Write(b)
}
