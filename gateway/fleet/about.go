package fleet

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
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

// Member is a node as people see it.
type Member struct {
	ID          string    `json:"id"` // as connections and records name it
	Name        string    `json:"name"`
	Version     string    `json:"version"`
	Data        string    `json:"data"`
	Management  string    `json:"management"`
	Started     time.Time `json:"started"`
	Revision    int64     `json:"revision"`
	Connections int       `json:"connections"`
	Self        bool      `json:"self"`
	Fenced      bool      `json:"fenced"`
}

func member(n connection.Node, a about, self bool) Member {
	return Member{ID: n.String(), Name: a.Name, Version: a.Version, Data: a.Data, Management: a.Management, Started: a.Started,
		Revision: a.Revision, Connections: a.Connections, Self: self, Fenced: a.Fenced}
}

// Single is the one node of a process that shares its store with nobody.
func Single(n connection.Node, s Self, revision int64) []Member {
	return []Member{member(n, about{Self: s, Revision: revision}, true)}
}

// members are this node and those of others that live, by id. One that has not renewed for longer
// than it may serve is fenced for all that others know.
func (f *Fleet) members(others []other) []Member {
	self := f.self()
	self.Fenced = !f.Serves()
	all := []Member{member(f.node, self, true)}
	for _, o := range others {
		if o.Live() {
			o.Fenced = o.Fenced || o.Age > serveTime
			all = append(all, member(o.node(), o.about, false))
		}
	}
	slices.SortFunc(all, func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// differing are flags that a node does not have as this one has them, by name.
func differing(mine, theirs map[string]string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(mine)) {
		// One that the other does not tell is of a newer version.
		if value, told := theirs[name]; told && value != mine[name] {
			names = append(names, name)
		}
	}
	return names
}
