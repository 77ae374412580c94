package connection

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Owners know which nodes there are: whoever leases their numbers.
type Owners interface {
	// Live says whether a node has its lease, and is not lost. A false is final for the
	// connections of a node that nobody hears on the bus, whatever becomes of it. It is asked for each
	// call that no node answers, so it should answer from memory where it can. An error
	// says that nobody can tell now.
	Live(ctx context.Context, n Node) (bool, error)
	// Lost says whether a node has had its lease and is lost, which is final whoever hears it. One
	// that has none may hold its number by the bus alone until it can lease it.
	Lost(ctx context.Context, n Node) (bool, error)
	// Doubts says whether a node may have no lease, or be lost, from memory: then Lost is asked
	// before the node is.
	Doubts(n Node) bool
	// Lose records a node as lost: when it returns nil Live is false for it on every
	// node, and the node has to close its clients before it lives again.
	Lose(ctx context.Context, n Node) error
	// Serves says whether this node may serve its clients now. It costs one reading of a clock:
	// false says that this process was stopped, or fares worse than others, and that its clients
	// may have been called gone.
	Serves() bool
	// Confirm returns nil when this node is not recorded as lost, or was, and its clients
	// have been sent away now. It costs a look at what is recorded.
	Confirm(ctx context.Context) error
}

// How long an owner is waited for.
const (
	// silence is when one that was asked has not answered: nobody knows whether it did
	// what it was asked for.
	silence = 5 * time.Second
	// again is how long one that should be there and is not is asked again: it may be
	// joining the bus anew.
	again = time.Second
	// askEvery is how often.
	askEvery = 50 * time.Millisecond
	// settled is for how long the asker's own way to the bus must have been whole until
	// it judges others by their silence: when a broker comes back, all come back to it,
	// in any order.
	settled = 5 * time.Second
)

// Requests counts what became of requests to other nodes.
type Requests struct {
	Answered atomic.Uint64 // by the owner, whatever it said
	Gone     atomic.Uint64 // the owner is no more
	Unheard  atomic.Uint64 // no owner hears it, and it may be there: an error for the caller
	Silent   atomic.Uint64 // the owner did not answer in time: an error too
	Failed   atomic.Uint64 // of anything else
}

// count notes what became of a request.
func (r *Requests) count(err error) {
	switch {
	case err == nil:
		r.Answered.Add(1)
	case errors.Is(err, ErrGone):
		r.Gone.Add(1)
	case errors.Is(err, bus.ErrNoNode), errors.Is(err, bus.ErrAway):
		r.Unheard.Add(1)
	case errors.Is(err, context.DeadlineExceeded):
		r.Silent.Add(1)
	default:
		r.Failed.Add(1)
	}
}

// Counters is where numbers that only rise are read.
type Counters interface {
	Counter(name, help string, labels map[string]string, value func() float64)
}

// Observe has the counts read, by what came of the requests.
func (r *Requests) Observe(m Counters) {
	for result, n := range map[string]*atomic.Uint64{"answered": &r.Answered, "gone": &r.Gone, "unheard": &r.Unheard, "silent": &r.Silent, "failed": &r.Failed} {
		m.Counter("bus_requests_total", "Calls of @connections that went to another node: answered by it, gone with it, or an error because nobody heard it, it was silent, or it failed.",
			map[string]string{"result": result}, func() float64 { return float64(n.Load()) })
	}
}

// ask sends a call to the node that holds a connection, and answers its reply. It fails
// with ErrGone where that node is no more, which is final, with ErrUnreachable where
// nobody knows, and with the error of ctx.
func (d *Fleet) ask(ctx context.Context, n Node, topic string, payload []byte) ([]byte, error) {
	// A node that is stopped hears nothing, and no broker knows that.
	if d.owners != nil && d.owners.Doubts(n) && d.lost(ctx, n) {
		d.Requests.count(ErrGone)
		return nil, ErrGone
	}
	within, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	for began := time.Now(); ; {
		reply, err := d.bus.Request(within, uint32(n), topic, payload)
		// One that is busy, or has just woken and cannot tell how old the call is, has done nothing. Nor
		// has anybody while the broker is away, which may be back in a moment: leases say nothing of that.
		if (errors.Is(err, bus.ErrBusy) || errors.Is(err, bus.ErrAway)) && time.Since(began) < again && tasks.Pause(within, askEvery) == nil {
			continue
		}
		// No responder is a certain no: nobody has got the call, so it can be sent again.
		if errors.Is(err, bus.ErrNoNode) {
			if err = d.missing(within, n, time.Since(began) >= again); err == nil {
				continue
			}
		}
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && d.lost(ctx, n) {
			err = ErrGone
		}
		d.Requests.count(err)
		switch {
		case err == nil:
			return reply, nil
		case errors.Is(err, ErrGone):
			return nil, ErrGone
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		return nil, errors.Join(ErrUnreachable, err)
	}
}

// lost says whether a node is known to be no more, though it may hear or have been silent.
func (d *Fleet) lost(ctx context.Context, n Node) bool {
	if d.owners == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, loseTime)
	defer cancel()
	lost, err := d.owners.Lost(ctx, n)
	return err == nil && lost
}

// missing decides what it means that nobody answers for a node: ErrGone when it is no
// more, nil when it is to be asked again. last says that this has been done for long
// enough: then the node is lost, unless this one may be the one that is cut off.
func (d *Fleet) missing(ctx context.Context, n Node, last bool) error {
	if d.owners == nil {
		return ErrGone // this process is alone, and the id is of one before it
	}
	live, err := d.owners.Live(ctx, n)
	switch {
	case err != nil:
		return errors.Join(bus.ErrNoNode, err)
	case !live:
		return ErrGone
	case !last:
		return tasks.Pause(ctx, askEvery) // it may be there then
	case d.joined() <= settled:
		return bus.ErrNoNode
	}
	ctx, cancel := context.WithTimeout(ctx, loseTime)
	defer cancel()
	if err := d.owners.Lose(ctx, n); err != nil {
		return errors.Join(bus.ErrNoNode, err)
	}
	return ErrGone
}

// joined is for how long this node has been on the bus without a break. A bus that does
// not say is never away.
func (d *Fleet) joined() time.Duration {
	if b, ok := d.bus.(interface{ Connected() time.Duration }); ok {
		return b.Connected()
	}
	return math.MaxInt64
}
