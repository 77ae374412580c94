package store

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
)

// The errors that callers tell apart, with errors.Is.
var (
	// ErrNotFound says that there is no document with the key.
	ErrNotFound = errors.New("no such document")
	// ErrKey says that a key is empty, too long, or has an empty segment.
	ErrKey = errors.New("malformed key")
	// ErrCompacted says that the feed cannot tell what happened since the revision
	// asked for; the caller reloads whole.
	ErrCompacted = errors.New("the feed no longer reaches back so far")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("closed")
	// ErrBusy says that too many writers wait already; nothing was written.
	ErrBusy error = fault.New(fault.TooManyRequests, "Too Many Requests")
	// ErrUnavailable says that a write could not be kept, as when the disk is full;
	// nothing was written.
	ErrUnavailable error = fault.New(fault.Unavailable, "Service Unavailable")
	// ErrDamaged says that one document cannot be read, whoever asks and however often, and all
	// others can.
	ErrDamaged = errors.New("the document is damaged")
	// ErrReadOnly says that the store takes no writes, for example because a file is served.
	ErrReadOnly error = fault.New(fault.AccessDenied, "The configuration is read-only")
)

// Document is a stored value. Its Body is shared with the store and everybody who
// reads it: nobody may change it.
type Document struct {
	Key      Key
	Revision int64 // of the last write
	Created  int64 // revision of the first write: lists are in this order
	Body     []byte
}

// Change is an entry of the feed: the last thing that happened to a key.
type Change struct {
	Revision int64
	Key      Key
	Deleted  bool
}

// Reader reads one moment of the store. It is good for one goroutine, and only
// until the function that it was given to returns.
type Reader interface {
	// Get answers the document with a key, or ErrNotFound.
	Get(ctx context.Context, key Key) (Document, error)

	// List answers what is below prefix at any depth, without the document at
	// prefix itself, in the order of creation: at most limit documents that were
	// created after the revision after. The empty prefix stands for the whole
	// store; after 0 starts at the beginning; a limit of 0 or less is none.
	//
	// It costs time for everything below prefix, whatever the limit. No document
	// below prefix is not an error.
	List(ctx context.Context, prefix Key, after int64, limit int) ([]Document, error)

	// Children is List for documents exactly one segment below prefix. It reads
	// only what it answers, so it stays fast in a large store.
	Children(ctx context.Context, prefix Key, after int64, limit int) ([]Document, error)

	// Revision is that of the last write seen here, 0 in a store never written to.
	Revision(ctx context.Context) (int64, error)
}

// Tx is a Reader that also writes; it reads its own writes. When one of its
// methods fails with anything but ErrNotFound or ErrKey, the Update fails.
type Tx interface {
	Reader

	// Put creates the document or replaces it. The store keeps body: the caller
	// must not change it afterwards. It answers ErrKey for a malformed key.
	Put(ctx context.Context, key Key, body []byte) error

	// Delete removes the document with a key, or answers ErrNotFound. What is
	// below the key stays.
	Delete(ctx context.Context, key Key) error

	// DeleteAll removes the document at prefix and everything below it; with the
	// empty prefix, everything. That there is nothing to remove is not an error.
	DeleteAll(ctx context.Context, prefix Key) error
}

// Store keeps documents.
type Store interface {
	// View calls read with one moment of the store and answers read's error.
	// Later writes do not wait for it.
	View(ctx context.Context, read func(Reader) error) error

	// Update calls write with one moment of the store that nobody else changes
	// until what write does is durable, and makes all of its writes durable, or
	// none. It answers the revision of its last write; when it wrote nothing, that
	// of what it read.
	//
	// Updates run one after the other, those of all processes on the store, and
	// those of one process in the order in which they were asked for. write is
	// called once, or not at all when its turn does not come: never again, whoever
	// else writes and whatever becomes of the commit. A store over a database
	// therefore does not retry transactions: it takes one lock for a batch of
	// waiting writes, runs them in turn, each on what the one before has left, and
	// commits them as one. What write has seen is durable too before its outcome is
	// answered, also when that is an error or when it wrote nothing.
	//
	// write must only read, compute and write: other writers are waiting for it. It
	// must not keep tx, nor call Update. When write answers an error, that error is
	// answered and nothing is written; when it panics, nothing is written and the
	// panic goes on to the caller.
	//
	// ErrBusy is answered when too many wait, ErrReadOnly when the store takes no
	// writes, ErrUnavailable when they could not be kept. When ctx ends before write
	// has returned, nothing is written; when it ends after that, its error is
	// answered and the writes may or may not happen.
	Update(ctx context.Context, write func(tx Tx) error) (revision int64, err error)

	// Changes answers at most limit changes after a revision, in the order of
	// revisions; a limit of 0 or less is none. A key is told once, with the last
	// thing that happened to it. An empty answer means that there is nothing newer.
	//
	// Revisions become visible in order: whoever was shown a revision, by Changes, a
	// View or an Update, is shown all that is below it too, and the feed never shows
	// one later that is lower. So a follower may go on after the highest it has seen.
	//
	// Deletions are forgotten after some time: ErrCompacted is answered when one
	// after the given revision was forgotten, except to those who begin at 0 and so
	// have nothing to forget, and for a revision that the store has not reached,
	// as happens when it was replaced by an older copy.
	Changes(ctx context.Context, after int64, limit int) ([]Change, error)

	// Close waits for the writes under way and ends the store. What is asked for
	// afterwards answers ErrClosed.
	Close() error
}

// Ailing is a Store that may lose the power to write, and get it back.
type Ailing interface {
	// Ailment is why the last commit failed; nil when it succeeded, or when there
	// was none. It waits for nobody.
	Ailment() error
}
