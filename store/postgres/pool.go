package postgres

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pool is the connections to the database. A database that answers nothing, as behind a link
// that was cut, leaves connections which the driver tries to end properly for 15 seconds,
// and counts until then: a few questions would use up all that there may be, and a database
// that is back would not be reached for as long. So a pool that was not answered in time is
// replaced whole, and ends by itself.
type pool struct {
	config *pgxpool.Config
	retire func(*pgxpool.Pool) // closes one that is used no more, some time

	now    atomic.Pointer[pgxpool.Pool]
	mu     sync.Mutex // Held while now is replaced; protects the field below.
	closed bool
}

// errSlow ends what a database was asked that did not answer within a bound of this package.
var errSlow = errors.New("the database does not answer")

// bounded is ctx with the time that the database has for an answer.
func bounded(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, most, errSlow)
}

func newPool(ctx context.Context, config *pgxpool.Config, retire func(*pgxpool.Pool)) (*pool, error) {
	first, err := pgxpool.NewWithConfig(ctx, config.Copy())
	if err != nil {
		return nil, err
	}
	p := &pool{config: config, retire: retire}
	p.now.Store(first)
	return p, nil
}

// Acquire, Begin, Exec, Query, QueryRow and SendBatch are those of the pool that is used now.
func (p *pool) Acquire(ctx context.Context) (*pgxpool.Conn, error) { return p.now.Load().Acquire(ctx) }
func (p *pool) Begin(ctx context.Context) (pgx.Tx, error)          { return p.now.Load().Begin(ctx) }
func (p *pool) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	return p.now.Load().Exec(ctx, query, args...)
}
func (p *pool) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	return p.now.Load().Query(ctx, query, args...)
}
func (p *pool) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	return p.now.Load().QueryRow(ctx, query, args...)
}
func (p *pool) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return p.now.Load().SendBatch(ctx, b)
}

// failed follows a question that a pool was asked within ctx and whose connection was lost.
func (p *pool) failed(asked *pgxpool.Pool, ctx context.Context) {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		asked.Reset() // connections that rest are as old as the one that was lost
		return
	case !errors.Is(cause, errSlow):
		return // who asked has gone, or had no more time: that says nothing of the database
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// Many ask at once and all of them come here: the first has replaced it for the others.
	if p.closed || p.now.Load() != asked {
		return
	}
	fresh, err := pgxpool.NewWithConfig(context.Background(), p.config.Copy()) // it connects when it is asked
	if err != nil {
		return // the one before goes on, as slowly as it does
	}
	p.now.Store(fresh)
	p.retire(asked)
}

// Close ends all connections. It takes long when the database does not answer.
func (p *pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.now.Load().Close()
}
