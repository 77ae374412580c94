package gather

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/record"
)

// replayTopic is what nodes are asked under to send what they have recorded again.
const replayTopic = "replay"

// replayTime is how long a node may take: what it calls has 35 seconds, and an answer that is on
// its way should not be given up.
const replayTime = 40 * time.Second

// Replays sends what a record has received again. Errors say, in words for whoever asks, why
// that cannot be.
type Replays interface {
	Twice(*record.Record) (string, error)
	Replay(context.Context, *record.Record) (*record.Record, error)
}

// replayAsked is the record that is to be replayed. By its id alone: what is sent is what this
// node has recorded, whatever the bus carries.
type replayAsked struct {
	ID  string `json:"id"`
	Dry bool   `json:"dry,omitempty"` // only say what might not be done twice
}

// replayed is what came of it.
type replayed struct {
	Twice string       `json:"twice,omitempty"`
	Again record.Again `json:"again"`
	Why   string       `json:"why,omitempty"` // it cannot be replayed; "" where it was
}

// AnswerReplays has other nodes' callers replay what this node has recorded: who has the record
// has what a replay needs, which is in no answer.
func (t *Traces) AnswerReplays(of Replays) error {
	if t.gather == nil {
		return nil
	}
	return answerFor(t.gather, replayTopic, func(ctx context.Context, asked replayAsked) replayed {
		found := t.Ring().Get(asked.ID)
		if found == nil {
			return replayed{Why: "newer ones have taken its place"}
		}
		if asked.Dry {
			twice, err := of.Twice(found)
			return replayed{Twice: twice, Why: words(err)}
		}
		again, err := of.Replay(ctx, found)
		if err != nil {
			return replayed{Why: words(err)}
		}
		return replayed{Again: record.Compare(found, again)}
	})
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// ReplayElsewhere has a record replayed by the node that keeps it; with dry it is only asked what
// might not be done twice. Errors are in words for whoever asks.
func (t *Traces) ReplayElsewhere(ctx context.Context, found *record.Told, dry bool) (twice string, again record.Again, err error) {
	node := connection.Node(found.Node)
	var which struct{ ID string }
	if err := json.Unmarshal(found.Text, &which); err != nil || t.gather == nil {
		return "", again, fmt.Errorf("the record of node %s cannot be read", node)
	}
	ctx, cancel := context.WithTimeout(ctx, replayTime)
	defer cancel()
	payload, err := json.Marshal(replayAsked{which.ID, dry})
	if err != nil {
		return "", again, err
	}
	text, err := t.gather.options.Bus.Request(ctx, uint32(node), replayTopic, payload)
	switch {
	// Nobody heard it, so that nothing was sent; a version that has no such topic is one of those.
	case errors.Is(err, bus.ErrNoNode), errors.Is(err, bus.ErrBusy):
		return "", again, fmt.Errorf("node %s, which recorded it, does not answer", node)
	case err != nil:
		// Whoever tries again should know that the backend may have been called.
		return "", again, fmt.Errorf("node %s, which recorded it, gave no answer: it may have been sent", node)
	}
	var told replayed
	if err := json.Unmarshal(text, &told); err != nil || told.Why == "" && !dry && len(told.Again.Trace) == 0 {
		return "", again, fmt.Errorf("what node %s answered cannot be read: it may have been sent", node)
	}
	if told.Why != "" {
		return "", again, errors.New(strings.ToValidUTF8(told.Why, ""))
	}
	return told.Twice, told.Again, nil
}
