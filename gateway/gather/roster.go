package gather

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/roster"
)

// The topics that other nodes answer.
const (
	rosterTopic = "roster"
	countTopic  = "count"
)

// room is how many bytes of connections one answer may have: the bus takes little more.
const room = 400 << 10

// rosterAsked is a filter as it travels: which APIs is worked out by who asks.
type rosterAsked struct {
	All                bool     `json:"all,omitempty"` // APIs, else those that are named
	APIs               []string `json:"apis,omitempty"`
	Stage, Route, Text string
	Limit              int
}

// rosterFound is what one node has of it.
type rosterFound struct {
	Connections []roster.Connection `json:"connections"`
	Total       int                 `json:"total"`
}

// Clients shows who is connected, to any node.
type Clients struct {
	*connection.Fleet           // reaches and shows those of this one
	gather            *Gatherer // nil: there are no others
}

// NewClients joins what nodes show of their clients. g is nil for a process that is alone.
func NewClients(here *connection.Fleet, g *Gatherer) (*Clients, error) {
	c := &Clients{here, g}
	if g == nil {
		return c, nil
	}
	if err := Answer(g, rosterTopic, c.answer); err != nil {
		return nil, err
	}
	return c, Answer(g, countTopic, func(struct{}) int { return here.Len() })
}

// answer is what this node has of what another asks for.
func (c *Clients) answer(asked rosterAsked) rosterFound {
	f := roster.Filter{Stage: asked.Stage, Route: asked.Route, Text: asked.Text, Limit: max(0, min(asked.Limit, roster.MostShown))}
	if !asked.All {
		f.API = func(id string) bool { return slices.Contains(asked.APIs, id) }
	}
	newest, total := c.Fleet.Connected(f)
	return rosterFound{fitting(c.named(newest)), total}
}

// fitting are the newest that fit into an answer.
func fitting(newest []roster.Connection) []roster.Connection {
	size := 0
	for i := range newest {
		text, _ := json.Marshal(&newest[i])
		if size += len(text) + 1; size > room {
			return newest[:i]
		}
	}
	return newest
}

// named names the node of connections, where there are others.
func (c *Clients) named(found []roster.Connection) []roster.Connection {
	if c.gather == nil {
		return found
	}
	name := c.gather.options.Node.String()
	for i := range found {
		found[i].Node = name
	}
	return found
}

// Connected shows the newest that a filter asks for, of all nodes, and counts all of
// those. apis are all that the filter's API takes, nil for all that there are. silent are
// the nodes that gave no answer in time, whose clients are missing.
func (c *Clients) Connected(ctx context.Context, f roster.Filter, apis []string) (newest []roster.Connection, total int, silent []string, err error) {
	here, total := c.Fleet.Connected(f)
	found := roster.Seek(roster.Filter{Limit: f.Limit})
	for _, one := range c.named(here) {
		found.Add(one)
	}
	asked := rosterAsked{All: apis == nil, APIs: apis, Stage: f.Stage, Route: f.Route, Text: f.Text, Limit: f.Limit}
	silent, err = Ask(ctx, c.gather, rosterTopic, asked, func(n connection.Node, there rosterFound) {
		// A count below zero is none of ours, and would take others' clients off the sum.
		total += max(0, there.Total)
		for _, one := range there.Connections {
			// What a node says of a client is shown as it is, but for what can be known here.
			if one.Node = n.String(); f.API == nil || f.API(one.API) {
				found.Add(one)
			}
		}
	})
	newest, _ = found.Shown()
	return newest, total, silent, err
}

// Count counts who is connected to any node.
func (c *Clients) Count(ctx context.Context) (total int, silent []string, err error) {
	total = c.Fleet.Len()
	silent, err = Ask(ctx, c.gather, countTopic, struct{}{}, func(_ connection.Node, there int) { total += max(0, there) })
	return total, silent, err
}
