package traces

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Replays sends what a record has received through today's configuration. Errors say, in
// words for whoever asks, why that cannot be.
type Replays interface {
	// Twice says what of a replay might not be done twice, "" for nothing.
	Twice(*record.Record) (string, error)
	// Replay answers the record that the replay has left.
	Replay(context.Context, *record.Record) (*record.Record, error)
}

// posts is said before a replay, of what it cannot keep from the client.
const posts = "the answer goes to you and never to the client; what the backend posts by itself through @connections does reach it"

// Again is the operation that sends the message of a record again. It is a write: for
// policies, and for the audit.
func Again(tap Tap, replays Replays) []wire.Row {
	if tap == nil || replays == nil {
		return nil
	}
	return []wire.Row{{Handle: (&replaying{newTraces(tap), replays}).replay, Operation: &wire.Operation{
		Name: "ReplayTrace", Method: "POST", Path: Path + "/{id}/replay", Status: 200, Shared: true,
		Input: []wire.Member{
			ask.Path("id"), {Name: "DryRun", Wire: "dryRun", In: wire.InQuery, Shape: ask.Boolean},
		},
	}}}
}

// replaying is between what is kept and who sends it again, and knows neither plane.
type replaying struct {
	*traces
	replays Replays
}

// replay answers what came of it: the record, and where it went another way than the one
// that was replayed. With dryRun nothing is sent: the answer says whether it might do
// something twice. The node that keeps the record does it, whichever is asked.
func (p *replaying) replay(ctx context.Context, r *wire.Request) (any, error) {
	const op = "own.ReplayTrace"
	here, there, err := p.find(ctx, r)
	if err != nil {
		return nil, fault.E(op, err)
	}
	// Before anything is sent: whoever is asked "send twice?" must be able to say no.
	dry, _ := r.Bool("dryRun")
	var twice string
	var again record.Again
	if here != nil {
		twice, again, err = p.here(ctx, here, dry)
	} else {
		twice, again, err = p.elsewhere.ReplayElsewhere(ctx, there, dry)
	}
	if err != nil {
		return nil, fault.New(fault.Conflict, "it cannot be replayed: %s", err)
	}
	if dry {
		return map[string]string{"twice": twice, "reaches": posts}, nil
	}
	body, err := again.JSON()
	return wire.Document{ContentType: "application/json", Body: body}, fault.E(op, err)
}

// here replays what this node has recorded.
func (p *replaying) here(ctx context.Context, found *record.Record, dry bool) (twice string, again record.Again, err error) {
	if dry {
		twice, err = p.replays.Twice(found)
		return twice, again, err
	}
	made, err := p.replays.Replay(ctx, found)
	if err != nil {
		return "", again, err
	}
	return "", record.Compare(found, made), nil
}
