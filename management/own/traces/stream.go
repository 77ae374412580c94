package traces

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/wire"
)

// beat is how often a stream without records has a line, so that whoever is between
// knows that it lives.
const beat = 15 * time.Second

// follow shows records as they are made, as server-sent events.
func (t *traces) follow(ctx context.Context, r *wire.Request) (any, error) {
	f, err := filter(r)
	if err != nil {
		return nil, err
	}
	// Each who follows has a queue of its own, so that there are some at most.
	crowded := fault.New(fault.TooManyRequests, "%d others follow already", record.MaxFollowers)
	if t.tap.Ring().Crowded() {
		return nil, crowded
	}
	return wire.Stream{
		ContentType: "text/event-stream", Header: http.Header{"Cache-Control": {"no-store"}},
		Write: func(w io.Writer) error {
			// Counted here and not before: a stream whose client went before it began takes no place.
			follower, end := t.tap.Ring().Follow(f)
			if follower == nil { // somebody else has come in between
				return crowded
			}
			defer end()
			if t.elsewhere == nil {
				return stream(ctx, w, follower, nil)
			}
			// The stream begins here and not when the others are first asked: whoever was told that records
			// follow is told of those that are made in between.
			began, there := time.Now(), make(chan news)
			ctx, stop := context.WithCancel(ctx)
			var asking tasks.Group
			asking.Go("following other nodes", func() { t.watch(ctx, f, began, there) })
			defer asking.Wait()
			defer stop()
			return stream(ctx, w, follower, there)
		},
	}, nil
}

// stream writes records until whoever reads has gone, or no more will come; there gives those of
// other nodes, and is nil where there are none. What is written
// at first has the answer begin at once, and not with the first record.
func stream(ctx context.Context, w io.Writer, f *record.Follower, there <-chan news) error {
	if _, err := io.WriteString(w, ": records follow\n\n"); err != nil {
		return err
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	var b []byte
	var silent []string
	for {
		select {
		case n := <-there:
			b, silent = n.append(b[:0], silent), n.silent
		case <-ctx.Done():
			return nil
		case <-f.Done:
			return nil
		case <-ticker.C:
			b = append(b[:0], ": nothing new\n\n"...)
		case found := <-f.Records:
			b = events(b[:0], f, found)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
}

// mostAtOnce is how many bytes of events are written at once.
const mostAtOnce = 256 << 10

// events are the event of a record, and of those that wait behind it: under load one write
// carries many. Records that a slow reader has missed are told by their number.
func events(b []byte, f *record.Follower, found *record.Sealed) []byte {
	for {
		if r := found.Open(); r != nil && f.Takes(r) {
			b = append(b, "event: trace\ndata: "...)
			b = append(r.Append(b), "\n\n"...)
		}
		if lost := f.Lost(); lost > 0 {
			b = fmt.Appendf(b, "event: lost\ndata: {\"traces\":%d}\n\n", lost)
		}
		// What is more waits in the follower's queue, whose size is bounded, and not in this buffer.
		if len(b) > mostAtOnce {
			return b
		}
		select {
		case found = <-f.Records:
		default:
			return b
		}
	}
}
