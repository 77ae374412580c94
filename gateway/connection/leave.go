package connection

import (
	"context"
	"slices"
	"time"
)

// pace is how often Leave looks who is due.
const pace = 20 * time.Millisecond

// CloseAll closes every connection with this code and reason, in one go. It waits for
// none of them, and removes none: that is done by who hears of the close.
func (r *Registry) CloseAll(code int, reason string) {
	r.Range(func(c *Connection) bool {
		c.Sender.Close(code, reason)
		return true
	})
}

// Lose makes every connection that is here exist no more, and closes it. It is for a node
// that others have called lost: its ids were called Gone, which is final. When it returns
// none of them takes a message, those of clients who are being let in among them. It
// answers how many were connected.
func (r *Registry) Lose(code int, reason string) (closed int) {
	now := time.Now()
	r.lost.Store(&now)
	r.Range(func(c *Connection) bool {
		if c.ConnectedAt.After(now) || !r.Remove(c.ID) {
			return true
		}
		closed++
		c.Sender.Close(code, reason)
		return true
	})
	return closed
}

// Leave sends those who are connected away, one after the other and evenly over the
// time of spread, so that they do not all come back at once. Until its turn a client is
// served as ever; then nothing more is taken of it, and it is closed once its messages
// under way are answered. Leave returns when all are closed, or with ctx, and answers
// how many messages are under way still. Who connects meanwhile is not its concern.
func (r *Registry) Leave(ctx context.Context, code int, reason string, spread time.Duration) (left int) {
	var all, stopped []*Connection
	r.Range(func(c *Connection) bool {
		all = append(all, c)
		return true
	})
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	start, turn := time.Now(), 0
	for {
		due := dueAfter(time.Since(start), spread, len(all))
		for ; turn < due; turn++ {
			all[turn].Sender.Stop()
			stopped = append(stopped, all[turn])
		}
		stopped = slices.DeleteFunc(stopped, func(c *Connection) bool {
			settled := c.settled()
			if settled {
				c.Sender.Close(code, reason)
			}
			return settled
		})
		if turn == len(all) && len(stopped) == 0 {
			return 0
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return r.underWay()
		}
	}
}

// dueAfter is how many of so many have had their turn when some of spread has passed: the
// first at once, the last just before its end.
func dueAfter(passed, spread time.Duration, all int) int {
	if passed >= spread {
		return all
	}
	return min(all, 1+int(float64(all)*(passed.Seconds()/spread.Seconds())))
}

// underWay counts the messages that are being answered, or wait to be.
func (r *Registry) underWay() (n int) {
	r.Range(func(c *Connection) bool {
		n += int(c.UnderWay.Load())
		return true
	})
	return n
}
