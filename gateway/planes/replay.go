package planes

import (
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/httpapi"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/record"
)

// replayTime bounds a replay: an integration has its own timeout, of 30 s at most.
const replayTime = 35 * time.Second

// unfit says why a record of a kind cannot be replayed that says nothing itself.
var unfit = map[record.Kind]string{
	record.HTTP:       "the record does not say who sent the request",
	record.Connect:    "a handshake cannot be sent again: there is no socket that it could open",
	record.Disconnect: "the end of a connection cannot come again",
	record.Callback:   "what was sent to a client by @connections would reach it again",
	record.Message:    "the record does not say who sent the message",
}

// Twice says what of a replay might not be done twice, "" for nothing; an error says why
// the record cannot be replayed.
func (p *Planes) Twice(r *record.Record) (string, error) {
	message, err := replayable(r)
	if err != nil {
		return "", err
	}
	switch o := r.Origin.(type) {
	case *wsapi.Origin:
		return p.WebSocket.Twice(o, message)
	case *httpapi.Origin:
		return p.HTTP.Twice(p.options.Apis, o, r)
	}
	return "", errors.New(unfit[r.Kind])
}

// Replay sends what a record has received through what is deployed now, and answers the
// record that this has left. Nothing of it is written to the client.
func (p *Planes) Replay(ctx context.Context, r *record.Record) (*record.Record, error) {
	message, err := replayable(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, replayTime)
	defer cancel()
	recorder := p.options.Observers.Recorder
	// A replay leaves a record even where the tap is off by now: the asker waits for it.
	d := recorder.Again(r.Api, r.ApiName, time.Now())
	d.Replay = r.ID
	switch o := r.Origin.(type) {
	case *wsapi.Origin:
		err = p.WebSocket.Replay(ctx, o, message, d)
	case *httpapi.Origin:
		err = p.HTTP.Replay(ctx, p.options.Apis, o, r, d)
	default:
		err = errors.New(unfit[r.Kind])
	}
	if err != nil {
		return nil, err
	}
	// What was not kept has perhaps not been made fit to be shown.
	if kept := recorder.Ring().Get(d.ID); kept != nil {
		return kept, nil
	}
	return nil, errors.New("it was sent, and its record could not be kept")
}

// replayable is the message that a record has received, or why it cannot be sent again.
func replayable(r *record.Record) ([]byte, error) {
	switch {
	case r.Unfit != "":
		return nil, errors.New(r.Unfit)
	case r.Replay != "":
		return nil, errors.New("it is a replay: replay trace " + r.Replay)
	case r.Origin == nil:
		return nil, errors.New(unfit[r.Kind])
	}
	return r.Message()
}
