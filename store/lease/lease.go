package lease

import (
	"context"
	"errors"
	"time"
)

// How long a lease lasts, by the clock of its table.
const (
	// Every is how often a lease should be renewed.
	Every = 3 * time.Second
	// Over is how long after its last renewal it may be recorded as lost.
	Over = 15 * time.Second
	// Broken is how far two renewals may be apart that came without a break: one may fail.
	Broken = 7 * time.Second
	// Reserved is how long the number of a lease that was lost is given to nobody: ids of
	// connections that name it must not lead to another process.
	Reserved = 24 * time.Hour
)

// ErrNone says that a process has no lease: its row was removed, or is another's.
var ErrNone = errors.New("no such lease")

// Lease is a number that a process has.
type Lease struct {
	Node     uint32
	Instance string // tells the process from any other
	About    []byte // what it tells of itself
	// Lost counts how often others have called its clients gone, and Yielded of how many of
	// those times it knows: it has sent its clients away.
	Lost, Yielded int

	Age    time.Duration // since it was last renewed
	Steady time.Duration // for how long its renewals have come without a break
}

// Live says whether the clients that the process has now were not called gone.
func (l *Lease) Live() bool { return l.Lost <= l.Yielded }

// Overdue says whether a lease may be recorded as lost. One that was renewed in the future was
// renewed before the clock was set back, and not since.
func (l *Lease) Overdue() bool { return l.Live() && l.Age.Abs() >= Over }

// MayJudge says whether the process that has the lease may record others as lost.
func (l *Lease) MayJudge() bool { return l.Live() && l.Age.Abs() < Broken && l.Steady >= Over }

// Table keeps leases. Its methods may be called by anybody at any time; they fail with an
// error that wraps store.ErrUnavailable while the table is away, and never wait for longer
// than a few seconds.
type Table interface {
	// Take leases a number. draw is called once, while nobody else takes one, with all
	// leases there are, and answers the one to be; its error is answered. A number that is in
	// the table must not be drawn. Numbers that were lost and are reserved no more are
	// forgotten before.
	Take(ctx context.Context, draw func(all []Lease) (Lease, error)) error
	// Renew writes About and Yielded of the process's own lease, and answers all leases as
	// they are after that. It fails with ErrNone.
	Renew(ctx context.Context, own Lease) (all []Lease, err error)
	// All answers all leases, in the order of numbers.
	All(ctx context.Context) ([]Lease, error)
	// Lose records a process as lost whose lease is live, whatever its age, and answers whether it
	// did. It is durable then.
	Lose(ctx context.Context, node uint32) (bool, error)
	// Expire records as lost all whose leases are overdue, if the judge may, and answers
	// them. It is durable then.
	Expire(ctx context.Context, judge uint32) ([]uint32, error)
	// Leave removes the process's own lease: its number is free. That there is none is no error.
	Leave(ctx context.Context, own Lease) error
}

// Keeper is a store that has a table of leases.
type Keeper interface{ Leases() Table }
