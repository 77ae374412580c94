package own

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/wire"
)

// EvaluatePath is where the languages of mappings are, each by its name.
const EvaluatePath = "/_dragoman/evaluate"

// Evaluating is what evaluations need. Rehearse is the data plane's own; without one
// there are no rehearsals.
type Evaluating struct {
	Options  evaluation.Options
	Rehearse func(ctx context.Context, r *evaluation.Rehearsal) *evaluation.Rehearsed
}

// Bounds of evaluations beside those of each language: bytes of a question, how many are
// worked out at a time, and how long one waits for its turn.
const (
	maxQuestion    = 2 << 20
	evaluationSide = 2
	evaluationWait = 10 * time.Second
)

// Evaluations are the operations that try what mappings are written in. They need no API
// and change nothing.
func Evaluations(e Evaluating) []wire.Row {
	// Whoever tries a template wants to know why; messages are rendered without.
	e.Options.Explain = true
	// One set of turns for all languages: the processor that they share is the same.
	turns := make(chan struct{}, evaluationSide)
	question := wire.Member{Name: "Question", Wire: "question", In: wire.InBody, Shape: ask.Blob, Payload: true}
	row := func(name, path string, answer func(context.Context, []byte) (encoder, error)) wire.Row {
		return wire.Row{Handle: inTurn(turns, answer), Operation: &wire.Operation{
			// Pure: read-only keys may ask too, since nothing is changed by it.
			Name: name, Method: "POST", Path: EvaluatePath + "/" + path, Status: 200, MaxBody: maxQuestion, Pure: true, Input: []wire.Member{question},
		}}
	}
	var rows []wire.Row
	for _, l := range evaluation.Languages() {
		rows = append(rows, row("Evaluate"+l.Title, l.Name, func(ctx context.Context, asked []byte) (encoder, error) {
			return l.Evaluate(ctx, asked, e.Options), nil
		}))
	}
	if e.Rehearse == nil { // without a data plane
		return rows
	}
	return append(rows, row("EvaluateResponse", "response", func(ctx context.Context, asked []byte) (encoder, error) {
		rehearsal, err := evaluation.ReadRehearsal(asked)
		if err != nil {
			return nil, fault.New(fault.BadRequest, "%s", err.Error())
		}
		told := e.Rehearse(ctx, rehearsal)
		// The rehearsal is the plane's; how its templates read to an editor is the language's.
		told.Templates = rehearsal.Editing(e.Options)
		return told, nil
	}))
}

type encoder interface{ Encode(io.Writer) error }

// inTurn has few evaluations worked out at a time: each has a budget that an editor
// which asks at every key could else spend many times at once.
func inTurn(turns chan struct{}, answer func(context.Context, []byte) (encoder, error)) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		waiting, cancel := context.WithTimeout(ctx, evaluationWait)
		defer cancel()
		select {
		case turns <- struct{}{}:
		case <-waiting.Done():
			// An editor asks again with the next key, so that an answer that is late is worth nothing.
			return nil, fault.New(fault.TooManyRequests, "Too Many Requests")
		}
		defer func() { <-turns }()
		found, err := answer(ctx, r.Payload)
		if err != nil {
			return nil, err
		}
		// Encoded within the turn: the answer may be larger than what it was made of.
		var b bytes.Buffer
		if err := found.Encode(&b); err != nil {
			return nil, err
		}
		return wire.Document{ContentType: "application/json", Body: b.Bytes()}, nil
	}
}
