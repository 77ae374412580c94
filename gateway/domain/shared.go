package domain

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

const (
	// orderTime is for how long a node that orders has the others wait: more than an authority
	// takes. One that dies meanwhile is followed by another after that.
	orderTime = 2 * time.Minute
	// challengeTime is how long an answer is kept that nobody took away again.
	challengeTime = time.Hour
	// lookAgain is how often it is looked whether another node has what it orders.
	lookAgain = 250 * time.Millisecond
)

// account is what autocert keeps the key of its account under; other names without a suffix are
// those of hosts.
const account = "acme_account+key"

// shared keeps accounts, certificates and open challenges in the store that nodes share. An
// authority asks whichever node it reaches, so any must know the answer; and it counts
// orders for a name (RFC 8555, 6.6), so one node places them.
type shared struct {
	store   store.Store
	fetches func(host string) bool // whether a host's certificate is fetched
	process string                 // tells this process from any other
	now     func() time.Time
}

var _ autocert.Cache = (*shared)(nil)

func newShared(s store.Store, fetches func(host string) bool) *shared {
	return &shared{store: s, fetches: fetches, process: rand.Text(), now: time.Now}
}

// isChallengeName knows what autocert names the answers to challenges by.
func isChallengeName(name string) bool {
	return strings.HasSuffix(name, "+token") || strings.HasSuffix(name, "+http-01")
}

// within is where something is kept.
func within(name string) catalog.Collection[catalog.AcmeItem] {
	if isChallengeName(name) {
		return catalog.AcmeChallenges()
	}
	return catalog.AcmeItems()
}

// Get implements autocert.Cache. That something is missing has its caller make it, so that it
// is said to one node alone; the others wait for what comes of it.
func (s *shared) Get(ctx context.Context, name string) ([]byte, error) {
	ordered := name == account || !isChallengeName(name) && s.fetches(strings.TrimSuffix(name, "+rsa"))
	// Anybody may send any name in a handshake: no stranger's is looked for, let alone noted.
	if !ordered && !isChallengeName(name) {
		return nil, autocert.ErrCacheMiss
	}
	for {
		found, err := s.read(ctx, name)
		if !errors.Is(err, autocert.ErrCacheMiss) || !ordered {
			return found, err
		}
		mine, err := s.claim(ctx, name)
		if err != nil {
			return nil, err
		}
		if mine {
			return nil, autocert.ErrCacheMiss
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *shared) read(ctx context.Context, name string) (data []byte, err error) {
	err = s.store.View(ctx, func(r store.Reader) error {
		found, err := within(name).Get(ctx, r, name)
		if errors.Is(err, catalog.ErrNotFound) || err == nil && !found.Until.IsZero() && found.Until.Before(s.now()) {
			return autocert.ErrCacheMiss
		}
		if err == nil {
			data = found.Data
		}
		return err
	})
	return data, err
}

// claim says whether this process is the one to order something. Its own order is its own
// again: it is tried anew after a failure, while others still wait.
func (s *shared) claim(ctx context.Context, name string) (mine bool, err error) {
	_, err = s.store.Update(ctx, func(tx store.Tx) error {
		// Somebody may have finished since it was looked for.
		if _, err := catalog.AcmeItems().Get(ctx, tx, name); !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		order, err := catalog.AcmeOrders().Get(ctx, tx, name)
		if err == nil && order.Process != s.process && order.Until.After(s.now()) {
			return nil
		}
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		mine = true
		return catalog.AcmeOrders().Put(ctx, tx, name, &catalog.AcmeOrder{Process: s.process, Until: s.now().Add(orderTime)})
	})
	return mine && err == nil, err
}

// Put implements autocert.Cache. What was ordered is there, and answers that were left behind go.
func (s *shared) Put(ctx context.Context, name string, data []byte) error {
	_, err := s.store.Update(ctx, func(tx store.Tx) error {
		item := &catalog.AcmeItem{Data: data}
		if isChallengeName(name) {
			item.Until = s.now().Add(challengeTime)
			if err := s.sweep(ctx, tx); err != nil {
				return err
			}
		} else if err := catalog.AcmeOrders().Delete(ctx, tx, name); err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		return within(name).Put(ctx, tx, name, item)
	})
	return err
}

// sweep removes answers whose nodes died before they could.
func (s *shared) sweep(ctx context.Context, tx store.Tx) error {
	all, err := catalog.AcmeChallenges().Page(ctx, tx, 0, 0)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Err == nil && e.Noun.Until.After(s.now()) {
			continue
		}
		if err := catalog.AcmeChallenges().Delete(ctx, tx, e.Name); err != nil {
			return err
		}
	}
	return nil
}

// Delete implements autocert.Cache.
func (s *shared) Delete(ctx context.Context, name string) error {
	_, err := s.store.Update(ctx, func(tx store.Tx) error {
		err := within(name).Delete(ctx, tx, name)
		if errors.Is(err, catalog.ErrNotFound) {
			return nil
		}
		return err
	})
	return err
}
