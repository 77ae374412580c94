package fleet

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

// Self is what a process tells others of itself.
type Self struct {
	Name        string            `json:"name"` // of its machine
	Version     string            `json:"version"`
	Data        string            `json:"data"`       // where its APIs are, host:port
	Management  string            `json:"management"` // where its management API is
	Started     time.Time         `json:"started"`
	Connections int               `json:"connections"` // of WebSocket clients
	Flags       map[string]string `json:"flags"`       // that all nodes should have alike; no secret is among them
}

// about is what a lease says of its node. Members may be added; none may change its meaning, for
// nodes of two versions read each other's.
type about struct {
	Self
	Revision int64 `json:"revision"` // that is served
	Draining bool  `json:"draining"` // it goes: its part of limits is for the others
	Alone    bool  `json:"alone"`    // it has no bus, so that nobody may serve beside it
	Joined   bool  `json:"joined"`   // it is on the bus
	Fenced   bool  `json:"fenced"`   // it serves no WebSocket clients
}

// mostAbout bounds what is believed of another node, in bytes.
const mostAbout = 64 << 10

// other is the lease of another node.
type other struct {
	lease.Lease
	about
}

func (o *other) node() connection.Node { return connection.Node(o.Node) }

// sorted are the leases of others, and this node's own, which may be missing. What cannot be
// read is of a newer version: the node lives all the same.
func (f *Fleet) sorted(all []lease.Lease) (own *lease.Lease, others []other) {
	for i := range all {
		if l := &all[i]; l.Node == uint32(f.node) && l.Instance == f.instance {
			own = l
			continue
		}
		o := other{Lease: all[i]}
		if len(o.Lease.About) <= mostAbout {
			_ = json.Unmarshal(o.Lease.About, &o.about)
		}
		others = append(others, o)
	}
	return own, others
}

// self is what this process tells of itself, as far as it knows yet.
func (f *Fleet) self() about {
	a := about{Draining: f.draining.Load(), Alone: f.config.Alone, Joined: f.joined(), Fenced: f.isFenced()}
	if f.apis == nil { // it has not begun to serve
		return a
	}
	a.Revision = f.apis.Revision()
	if f.config.Self != nil {
		a.Self = f.config.Self()
	}
	return a
}

// own is the lease as this process wants it.
func (f *Fleet) own() lease.Lease {
	text, err := json.Marshal(f.self())
	if err != nil {
		text = nil // it lives, and tells nothing
	}
	yielded := int(f.yielded.Load())
	return lease.Lease{Node: uint32(f.node), Instance: f.instance, About: text, Lost: yielded, Yielded: yielded}
}

func shown(n connection.Node, a about, self bool) roster.Node {
	return roster.Node{ID: n.String(), Name: a.Name, Version: a.Version, Data: a.Data, Management: a.Management, Started: a.Started.UTC(),
		Revision: a.Revision, Connections: a.Connections, Self: self, Fenced: a.Fenced}
}

// Show shows the nodes that live, this one included, as the leases say when it is called. While
// they cannot be read it is what they said last. A process that shares its store with nobody, whose
// fleet is nil, is its own.
func Show(f *Fleet, own connection.Node, self func() Self, revision func() int64) func(context.Context) []roster.Node {
	if f == nil {
		return func(context.Context) []roster.Node {
			return []roster.Node{shown(own, about{Self: self(), Revision: revision()}, true)}
		}
	}
	return f.show
}

func (f *Fleet) show(ctx context.Context) []roster.Node {
	all, err := f.config.Leases.All(ctx)
	if err == nil {
		_, others := f.sorted(all)
		return f.nodes(others)
	}
	if known := f.known.Load(); known != nil {
		return f.nodes(*known)
	}
	return f.nodes(nil)
}

// nodes are this one and those of others that live, by id. One that has not renewed for longer
// than it may serve is fenced for all that others know.
func (f *Fleet) nodes(others []other) []roster.Node {
	self := f.self()
	self.Fenced = !f.Serves()
	all := []roster.Node{shown(f.node, self, true)}
	for _, o := range others {
		if o.Live() {
			o.Fenced = o.Fenced || o.Age > serveTime
			all = append(all, shown(o.node(), o.about, false))
		}
	}
	slices.SortFunc(all, func(a, b roster.Node) int { return strings.Compare(a.ID, b.ID) })
	return all
}
