package roster

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Connection is one client. Times are in UTC, to the millisecond.
type Connection struct {
	Node        string    `json:"node,omitempty"` // that it is connected to, where there are several
	ID          string    `json:"id"`
	API         string    `json:"api"`
	APIName     string    `json:"apiName"`
	Stage       string    `json:"stage"`
	Since       time.Time `json:"since"`
	SourceIP    string    `json:"sourceIp"`
	UserAgent   string    `json:"userAgent"`
	Principal   string    `json:"principal"` // that its authorizer named; "" for none
	Route       string    `json:"route"`     // of its last message; "" before the first
	LastActive  time.Time `json:"lastActive"`
	MessagesIn  uint64    `json:"messagesIn"` // that the client sent
	MessagesOut uint64    `json:"messagesOut"`
	BytesIn     uint64    `json:"bytesIn"` // of messages, decompressed
	BytesOut    uint64    `json:"bytesOut"`
}

// MostShown is how many connections are shown at most.
const MostShown = 1000

// Filter is what somebody asks for; its zero members ask for all.
type Filter struct {
	API          func(id string) bool
	Stage, Route string
	Text         string // any part of the id, the identity or the route, in any case
	Limit        int    // connections that are shown
}

// Newest are the newest connections of those that a filter lets pass.
type Newest struct {
	filter Filter
	text   string
	found  []Connection
	total  int
}

// Seek begins to look for what a filter asks for.
func Seek(f Filter) *Newest { return &Newest{filter: f, text: strings.ToLower(f.Text)} }

// Wants says whether an API and stage are asked for, so that of others nothing need be
// gathered.
func (n *Newest) Wants(api, stage string) bool {
	f := &n.filter
	return (f.Stage == "" || f.Stage == stage) && (f.API == nil || f.API(api))
}

// Add looks at a connection that is wanted.
func (n *Newest) Add(c Connection) {
	if n.filter.Route != "" && n.filter.Route != c.Route || !n.told(&c) {
		return
	}
	n.total++
	// Sorting now and then costs less for each than keeping an order all the time.
	if n.found = append(n.found, c); len(n.found) >= 2*n.filter.Limit {
		n.sort()
	}
}

func (n *Newest) told(c *Connection) bool {
	if n.text == "" {
		return true
	}
	for _, s := range [...]string{c.ID, c.SourceIP, c.UserAgent, c.Principal, c.Route} {
		if strings.Contains(strings.ToLower(s), n.text) {
			return true
		}
	}
	return false
}

// Shown are the connections, newest first, and how many there are of them.
func (n *Newest) Shown() ([]Connection, int) {
	n.sort()
	return n.found, n.total
}

func (n *Newest) sort() {
	slices.SortFunc(n.found, func(a, b Connection) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.ID, b.ID))
	})
	n.found = n.found[:min(len(n.found), n.filter.Limit)]
}
