package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// run commits batches until the store is closed. While it waits for the disk the
// next batch grows, and that is all there is to group commit.
func (db *DB) run() {
	for {
		select {
		case <-db.wake:
			// Whoever was told of the batch before may be about to write again, and
			// would otherwise come just too late: all those who can run go first.
			runtime.Gosched()
			db.turn <- struct{}{}
			db.round(func() { <-db.turn }, func() { db.turn <- struct{}{} })
		case <-db.again:
			db.convalesce()
		case <-db.quit:
			db.turn <- struct{}{} // for good: nobody writes after this
			db.round(func() {}, func() {})
			return
		}
	}
}

// round commits the open batch. The turn is held, and yielded while the disk is
// busy. A panic fails the batch: the committer goes on, or no writer would ever
// be answered again.
func (db *DB) round(yield, take func()) {
	reports := db.tasks.Reports
	b := db.seal()
	yield()
	var err error
	if panicked := reports.Do("a commit", func() { err = db.flush(b) }); panicked != nil {
		err = panicked
	}
	if err != nil {
		take()
		defer yield()
		if reports.Do("a failed commit", func() { db.abandon(b, err) }) != nil {
			db.giveUp(b)
		}
	}
}

// giveUp fails whoever waits and whoever comes: what is stored is not known. The
// turn is held.
func (db *DB) giveUp(b *batch) {
	ailment := errors.New("a write failed and its outcome is unknown, restart to go on")
	db.broken = fmt.Errorf("%w: %w", store.ErrUnavailable, ailment)
	db.ailment.Store(&ailment)
	db.committing.Store(nil)
	for _, failed := range []*batch{b, db.open} {
		if failed != nil {
			db.finish(failed, db.broken)
		}
	}
	db.open = nil
}

// seal takes the open batch, nil when there is none. The turn is held. What it is built
// on is kept with it: the draft goes on changing while the disk is busy.
func (db *DB) seal() *batch {
	b := db.open
	if b != nil {
		b.image = db.draft
		db.open = nil
		db.committing.Store(b)
	}
	return b
}

// flush makes a batch durable, shows it to readers and tells those who wait for it.
func (db *DB) flush(b *batch) error {
	if b == nil {
		return nil
	}
	old := db.current.Load()
	if db.disk != nil {
		if err := db.disk.commit(context.Background(), old.image, b, db.garbage); err != nil {
			return err
		}
		db.garbage = db.garbage[:0]
	}
	// A body that was replaced is still read by views of the moment before.
	for key := range b.Last {
		if r := old.image.Get(key); r != nil && r.Elsewhere {
			old.gone = append(old.gone, r.Revision)
		}
	}
	db.ailment.Store(nil)
	db.current.Store(&moment{image: b.image})
	db.retire(old)
	db.committing.Store(nil)
	db.finish(b, nil)
	if db.disk != nil {
		db.disk.extend(context.Background()) // when those who waited have their answers
	}
	return nil
}

// retire lets go of the large bodies of moments that nobody reads any more. They
// go in order, for a moment needs what any later one lets go of.
func (db *DB) retire(old *moment) {
	db.retired = append(db.retired, old)
	n := 0
	for n < len(db.retired) && db.retired[n].views.Load() == 0 {
		db.garbage = append(db.garbage, db.retired[n].gone...)
		n++
	}
	db.retired = slices.Delete(db.retired, 0, n)
}

// checkTime is how long it may take to see what a failed commit has left, the turn
// held: a panic may have left the database locked.
const checkTime = 10 * time.Second

// abandon fails a batch, and with it the open one, which was built on it. The turn
// is held. What is stored is what it was; when even that is not sure there are
// no more writes.
func (db *DB) abandon(b *batch, cause error) {
	committed := db.current.Load().image
	ailment := cause
	cause = fmt.Errorf("nothing was written: %w: %w", store.ErrUnavailable, cause)
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	if err := db.check(ctx, committed.Revision()); err != nil {
		db.unknown = true
		ailment = fmt.Errorf("a write failed and its outcome is unknown, restart to go on: %w", err)
		db.broken = fmt.Errorf("%w: %w", store.ErrUnavailable, ailment)
		cause = fmt.Errorf("%w; %w", db.broken, cause)
	}
	db.ailment.Store(&ailment)
	db.failed, db.again = b.size(), time.After(probeEvery)
	next := db.open
	db.open = nil
	db.draft = committed
	db.committing.Store(nil)
	for _, failed := range []*batch{b, next} {
		if failed != nil {
			db.finish(failed, cause)
		}
	}
}

// probeEvery is how often it is tried whether a disk that failed works again. Who
// looks at the ailment may be what keeps writers away, so nobody else would find out.
const probeEvery = time.Second

// convalesce finds out whether the last commit would succeed now. A commit whose outcome is
// not known stays one: what is in memory may not be what is on the disk.
func (db *DB) convalesce() {
	db.again = nil
	if db.ailment.Load() == nil || db.disk == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	var err error
	if panicked := db.tasks.Reports.Do("a probe", func() { err = db.disk.probe(ctx, db.failed) }); panicked != nil {
		err = panicked
	}
	if err == nil && !db.unknown {
		db.ailment.Store(nil)
		return
	}
	db.again = time.After(probeEvery)
}

// size is what a batch may take of the disk, at most what is worth a probe: its bytes,
// the pages that each record changes besides, and room to spare, or else a disk that
// is full would be found well by what still fits.
func (b *batch) size() int {
	const pages, spare = 4 * 4096, 256 << 10
	n := spare
	for _, r := range b.Last {
		n += len(r.Key) + len(r.Body) + len(b.Bodies[r.Revision]) + pages
	}
	return min(n, 64<<20)
}

// check is the disk's, where there is one; memory forgets a failed batch by itself.
func (db *DB) check(ctx context.Context, revision int64) error {
	if db.disk == nil {
		return nil
	}
	return db.disk.check(ctx, revision)
}

// finish tells those who wait for a batch what became of it, and gives their places in
// the queue to others, whether they still wait or not.
func (db *DB) finish(b *batch, err error) {
	if b.over {
		return
	}
	b.over = true
	for range b.members {
		<-db.places
	}
	b.err = err
	close(b.done)
}
