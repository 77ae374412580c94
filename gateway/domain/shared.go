package domain

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
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

// errOrdered says that another node is ordering what is asked for.
var errOrdered = errors.New("another node is ordering the certificate")

// shared keeps accounts, certificates and open challenges in the store that nodes share. An
// authority asks whichever node it reaches, so any must know the answer; and it counts
// orders for a name (RFC 8555, 6.6), so one node places them.
type shared struct {
	store   store.Store
	fetches func(host string) bool // whether a host's certificate is fetched
	process string                 // tells this process from any other
	now     func() time.Time

	mu   sync.Mutex      // Protects fields below.
	held map[string]bool // certificates that autocert has from here
}

var _ autocert.Cache = (*shared)(nil)

func newShared(s store.Store, fetches func(host string) bool) *shared {
	return &shared{store: s, fetches: fetches, process: rand.Text(), now: time.Now, held: map[string]bool{}}
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
// is said to one node alone. The others wait for what comes of it: here, where that holds
// nobody up, or in the handshake, which asks again after errOrdered.
func (s *shared) Get(ctx context.Context, name string) ([]byte, error) {
	if isChallengeName(name) {
		return s.read(ctx, name)
	}
	// Anybody may send any name in a handshake: no stranger's is looked for, let alone noted.
	if name != account && !s.fetches(strings.TrimSuffix(name, "+rsa")) {
		return nil, autocert.ErrCacheMiss
	}
	// autocert asks for what it has when it is about to renew it, on a goroutine of its own.
	// For what it has not it asks in a handshake, with the lock of all certificates.
	renews := s.holds(name)
	for {
		data, err := s.turn(ctx, name, renews)
		switch {
		case errors.Is(err, errOrdered):
			if !renews && name != account {
				return nil, err
			}
		case err == nil, errors.Is(err, autocert.ErrCacheMiss), !renews:
			return data, err
		}
		// Another orders; or the store is away, and autocert takes an error of a renewal for leave to
		// order: every node would, when the database comes back.
		if err := tasks.Pause(ctx, lookAgain); err != nil {
			return nil, err
		}
	}
}

// turn is what autocert is told of something at this moment: that it is there, that it is to be
// made or renewed by this node, or errOrdered.
func (s *shared) turn(ctx context.Context, name string, renews bool) ([]byte, error) {
	data, err := s.read(ctx, name)
	if err != nil && !errors.Is(err, autocert.ErrCacheMiss) {
		return nil, err
	}
	state := s.judge(name, data)
	if state == good || state == due && !renews {
		s.hold(name)
		return data, nil
	}
	mine, err := s.claim(ctx, name, data)
	switch {
	case err != nil:
		return nil, err
	case mine && state == due:
		return data, nil
	case mine:
		return nil, autocert.ErrCacheMiss
	}
	return nil, errOrdered
}

func (s *shared) holds(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[name]
}

func (s *shared) hold(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[name] = true
}

// What an item is good for.
type state int

const (
	missing state = iota // or nothing that can be served
	due                  // it can be served, and is to be renewed
	good
)

// judge says what an item is good for, as autocert would.
func (s *shared) judge(name string, data []byte) state {
	if name == account {
		if len(data) > 0 {
			return good
		}
		return missing
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil || !pair.Leaf.NotAfter.After(s.now()) {
		return missing
	}
	// A third of its life before its end, 30 days at most: never later than autocert, which
	// waits a little longer by chance.
	before := min(pair.Leaf.NotAfter.Sub(pair.Leaf.NotBefore)/3, 30*24*time.Hour)
	if pair.Leaf.NotAfter.Add(-before).After(s.now()) {
		return good
	}
	return due
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

// claim says whether this process is the one to order something in place of what it was seen
// to be. Its own order is its own again: it is tried anew after a failure, while others still
// wait.
func (s *shared) claim(ctx context.Context, name string, seen []byte) (mine bool, err error) {
	// Those who wait only read.
	err = s.store.View(ctx, func(r store.Reader) (err error) { mine, err = s.free(ctx, r, name); return err })
	if err != nil || !mine {
		return false, err
	}
	_, err = s.store.Update(ctx, func(tx store.Tx) error {
		mine = false
		// Somebody may have finished since it was looked for.
		item, err := catalog.AcmeItems().Get(ctx, tx, name)
		if err == nil && !bytes.Equal(item.Data, seen) {
			return nil
		}
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		if mine, err = s.free(ctx, tx, name); err != nil || !mine {
			return err
		}
		return catalog.AcmeOrders().Put(ctx, tx, name, &catalog.AcmeOrder{Process: s.process, Until: s.now().Add(orderTime)})
	})
	return mine && err == nil, err
}

// free says whether nobody else is ordering something.
func (s *shared) free(ctx context.Context, r store.Reader, name string) (bool, error) {
	order, err := catalog.AcmeOrders().Get(ctx, r, name)
	if errors.Is(err, catalog.ErrNotFound) {
		return true, nil
	}
	return err == nil && (order.Process == s.process || !order.Until.After(s.now())), err
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
	if err == nil && !isChallengeName(name) {
		s.hold(name)
	}
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
