package deployed

import (
	"context"
	"strconv"
)

// topic is what nodes announce revisions of the store under, in decimal.
const topic = "revision"

// Announce tells all nodes of a revision, and returns when this process serves it, or
// ctx ends. That the others are told is a hint, which may be lost: they poll.
func (l *Apis) Announce(ctx context.Context, revision int64) error {
	if err := l.config.Bus.Announce(ctx, topic, strconv.AppendInt(nil, revision, 10)); err != nil && ctx.Err() == nil {
		l.config.Logger.Warn("other nodes are not told of a change and will find it themselves", "revision", revision, "error", err)
	}
	return l.Await(ctx, revision)
}

// listen hears of revisions until stop is called. Without a bus that works the poll
// goes on alone.
func (l *Apis) listen(ctx context.Context) (stop func()) {
	stop, err := l.config.Bus.Subscribe(ctx, topic, func(payload []byte, _ int) {
		revision, err := strconv.ParseInt(string(payload), 10, 64)
		// What cannot be read is taken for news: one look too many is cheaper than one too few.
		if err != nil || revision > l.applied.Load() {
			l.Hint()
		}
	})
	if err != nil {
		if ctx.Err() == nil {
			l.config.Logger.Error("changes of other nodes are served after a poll: the bus tells of none", "error", err)
		}
		return func() {}
	}
	return stop
}
