package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// mostSpent is how many codes are remembered, so that whoever has a key cannot fill the
// memory or the database. Beyond that none is spent: to forget one would make it good again.
const mostSpent = 1000

var errMany error = fault.New(fault.TooManyRequests, "Too many codes were spent in the last minutes: wait, or sign in with a key")

// here remembers what this process has spent. Codes from before it began are refused, for
// nobody knows any more whether they were.
type here struct {
	began time.Time

	mu    sync.Mutex // Protects spent.
	spent map[string]time.Time
}

func newHere() *here {
	return &here{began: time.UnixMilli(time.Now().UnixMilli()), spent: map[string]time.Time{}}
}

// Spend implements Spent.
func (h *here) Spend(_ context.Context, id string, until time.Time) error {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	for old, ended := range h.spent {
		if now.After(ended) {
			delete(h.spent, old)
		}
	}
	switch _, twice := h.spent[id]; {
	case twice, until.Add(-codeLife).Before(h.began):
		return errSpent
	case len(h.spent) >= mostSpent:
		return errMany
	}
	h.spent[id] = until
	return nil
}

// together remembers in the store what any of the processes that share it has spent: the hash of
// a code's id, which says neither whose it was nor opens anything.
type together struct{ store store.Store }

// Together remembers spent codes in a store that processes share.
func Together(s store.Store) Spent { return together{s} }

const (
	// clocks is how far apart the clocks of nodes may be: a code that is over here may be good
	// there.
	clocks = 10 * time.Minute
	// spendWait bounds the wait for a store that is away. Until it has said that nobody was
	// sooner the code is good for nothing.
	spendWait = 5 * time.Second
)

// Spend implements Spent. Updates of a store run one after the other, whoever asks, so that of
// two who spend a code the second sees what the first has written.
func (t together) Spend(ctx context.Context, id string, until time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, spendWait)
	defer cancel()
	hash := sha256.Sum256([]byte(id))
	name, now := hex.EncodeToString(hash[:]), time.Now()
	_, err := t.store.Update(ctx, func(tx store.Tx) error {
		codes := catalog.SpentCodes()
		kept, err := codes.Page(ctx, tx, 0, 0)
		if err != nil {
			return err
		}
		left := 0
		for _, old := range kept {
			switch {
			case old.Name == name:
				return errSpent
			case now.After(old.Noun.Until):
				if err := codes.Delete(ctx, tx, old.Name); err != nil {
					return err
				}
			default:
				left++
			}
		}
		if left >= mostSpent {
			return errMany
		}
		return codes.Put(ctx, tx, name, &catalog.SpentCode{Until: until.Add(clocks)})
	})
	return err
}
