package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/connect"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/cli/trace"
)

// A record is kept once its frame has been sent: whoever asks at once asks again.
const (
	askAgain = 100 * time.Millisecond
	mostAsks = 10
)

// explain shows the trace of an answer, or of the handshake where none came yet.
func (o *connecting) explain(ctx context.Context, a connect.Answer) (string, error) {
	var err error
	for range mostAsks {
		var k *kept
		if k, err = o.traceOf(ctx, a); k != nil {
			var b strings.Builder
			err = trace.New(&b, terminal.ColourOf(o.Out)).Steps(&k.Record)
			return b.String(), err
		}
		if _, refused := errors.AsType[*refusedError](err); refused {
			break
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	if err == nil {
		err = fmt.Errorf("%s has no trace of it: dragoman serve --tap API has traces kept", o.at())
	}
	return "", err
}

// traceOf finds the trace of an answer, nil where none is kept.
func (o *connecting) traceOf(ctx context.Context, a connect.Answer) (*kept, error) {
	shake, err := o.shake(ctx, a)
	if err != nil || shake == nil || a.Frame == nil && a.Sent == nil {
		return shake, err
	}
	all, err := o.traces(ctx, url.Values{"connection": {shake.Connection}, "limit": {everything}})
	if err != nil {
		return nil, err
	}
	var message *kept // the last that was sent, whose answer may have been masked
	for _, k := range all {
		switch {
		case a.Frame != nil && k.Answers(a.Frame.Body):
			return k, nil
		case message == nil && k.Kind == "message" && (a.Sent == nil || k.Asks(a.Sent.Body)):
			message = k
		}
	}
	return message, nil
}

// shake is the record of the connection's handshake: by its id, which the gateway may have
// told, or by the key that nobody else's handshake has.
func (o *connecting) shake(ctx context.Context, a connect.Answer) (*kept, error) {
	if a.Trace != "" {
		k := new(kept)
		err := o.fetch(ctx, http.MethodGet, tracesPath+"/"+url.PathEscape(a.Trace), nil, k)
		return k, err
	}
	if a.Key == "" {
		return nil, errors.New("the connection has ended")
	}
	found, err := o.traces(ctx, url.Values{"text": {a.Key}, "limit": {"1"}})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
