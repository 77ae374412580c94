package gather

import (
	"context"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// decisionsTopic is what decisions of authorizers are asked for under.
const decisionsTopic = "decisions"

// mostDecisions is how many one node tells of: as many as it remembers, and few enough for the bus.
const mostDecisions = 200

// decisionsAsked is which APIs are asked about: the access of who asks is worked out by who
// heard him, and is judged again there.
type decisionsAsked struct {
	All  bool     `json:"all,omitempty"`
	APIs []string `json:"apis,omitempty"`
	Most int      `json:"most"`
}

// decided is a decision as it travels. What callers are told of its time is written in
// milliseconds, of which one is enough for several.
type decided struct {
	verdict.Decision
	Began int64 `json:"began"` // in nanoseconds since 1970
}

// Made answers the last decisions of this node about APIs that are shown, newest first.
type Made func(most int, shown func(api string) bool) []verdict.Decision

// Decisions are what authorizers of any node have decided last.
type Decisions struct {
	here   Made
	gather *Gatherer // nil: there are no others
}

// NewDecisions joins what nodes remember. g is nil for a process that is alone.
func NewDecisions(here Made, g *Gatherer) (*Decisions, error) {
	d := &Decisions{here, g}
	if g == nil {
		return d, nil
	}
	return d, Answer(g, decisionsTopic, d.answer)
}

// answer is what this node remembers of what another asks for.
func (d *Decisions) answer(asked decisionsAsked) (told []decided) {
	for _, one := range d.here(max(0, min(asked.Most, mostDecisions)), func(api string) bool { return asked.All || slices.Contains(asked.APIs, api) }) {
		told = append(told, decided{one, one.At.UnixNano()})
	}
	return told
}

// Made answers the last decisions of all nodes about APIs that are shown, newest first, at
// most so many. apis are all that shown takes, nil for all that there are. silent are the nodes
// that gave no answer in time, whose decisions are missing.
func (d *Decisions) Made(ctx context.Context, most int, apis []string, shown func(api string) bool) (found []verdict.Decision, silent []string, err error) {
	found = d.here(most, shown)
	if d.gather == nil {
		return found, nil, nil
	}
	for i := range found {
		found[i].Node = d.gather.options.Node.String()
	}
	silent, err = Ask(ctx, d.gather, decisionsTopic, decisionsAsked{All: apis == nil, APIs: apis, Most: most}, func(n connection.Node, there []decided) {
		for _, one := range there {
			// A node that is of another version, or worse, must not show what the caller may not see.
			if one.Node, one.At = n.String(), time.Unix(0, one.Began); shown(one.API) {
				found = append(found, one.Decision)
			}
		}
	})
	// Clocks of nodes may differ: what is shown is their order as far as anybody knows it.
	slices.SortStableFunc(found, func(a, b verdict.Decision) int { return b.At.Compare(a.At) })
	return found[:min(len(found), most)], silent, err
}
