package authorizer

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"time"
)

// DefaultCacheSize bounds a Cache of results if nothing else is said.
const DefaultCacheSize = 10_000

// Key says what a result was decided from. Values that a client sent are in it
// only as a hash, so that keys are small and tokens are not kept.
type Key struct {
	API, Stage, Authorizer string
	Sum                    [sha256.Size]byte
}

// KeyOf makes the key of an authorizer's result from its identity sources.
func KeyOf(api, stage, authorizer string, sources []string) Key {
	var buffer [2048]byte // most tokens fit
	all := buffer[:0]
	for _, s := range sources { // their lengths keep ("ab", "c") and ("a", "bc") apart
		all = binary.LittleEndian.AppendUint64(all, uint64(len(s)))
		all = append(all, s...)
	}
	return Key{API: api, Stage: stage, Authorizer: authorizer, Sum: sha256.Sum256(all)}
}

// Cache remembers results for a time. It holds at most a fixed number and
// forgets the one that was not used for longest. Of several requests that miss
// the same key at once, one loads and the others wait for it.
type Cache[V any] struct {
	max int

	mu      sync.Mutex // Protects fields below.
	entries map[Key]*list.Element
	recent  *list.List // of *entry[V], most recently used first
	flights map[Key]*flight[V]
	epoch   uint64 // counts resets
}

type entry[V any] struct {
	key   Key
	value V
	until time.Time
}

type flight[V any] struct {
	done  chan struct{} // closed when value and err are set
	value V
	err   error
}

// errAbandoned ends the flight of a load that panicked.
var errAbandoned = errors.New("the request that was deciding went away")

// NewCache makes a cache of at most max results, DefaultCacheSize if max is
// zero or less.
func NewCache[V any](max int) *Cache[V] {
	if max <= 0 {
		max = DefaultCacheSize
	}
	return &Cache[V]{
		max:     max,
		entries: map[Key]*list.Element{},
		recent:  list.New(),
		flights: map[Key]*flight[V]{},
	}
}

// Get answers the result that is remembered under key, or what load says. load
// tells for how long its result holds; zero or less means not at all. Errors
// are shared with those who wait but never remembered.
//
// load runs with ctx of the first caller. If that caller goes away, one of
// those who wait loads in its place. The wait of each ends with its own ctx.
func (c *Cache[V]) Get(ctx context.Context, key Key, load func(context.Context) (V, time.Duration, error)) (V, error) {
	for {
		c.mu.Lock()
		if v, ok := c.lookup(key); ok {
			c.mu.Unlock()
			return v, nil
		}
		f, flying := c.flights[key]
		if !flying {
			f = &flight[V]{done: make(chan struct{}), err: errAbandoned}
			c.flights[key] = f
			epoch := c.epoch
			c.mu.Unlock()
			return c.fly(ctx, key, f, epoch, load)
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		case <-f.done:
		}
		if !errors.Is(f.err, errAbandoned) {
			return f.value, f.err
		}
	}
}

// Peek answers the result that is remembered under key.
func (c *Cache[V]) Peek(key Key) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lookup(key)
}

// Put remembers a result for a time.
func (c *Cache[V]) Put(key Key, value V, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(key, value, ttl)
}

// Reset forgets the results of an authorizer in a stage, or of all authorizers
// of the stage if authorizer is "", or of all stages of the API if stage is ""
// too. A result that is being loaded meanwhile goes only to those who asked
// before the reset.
func (c *Cache[V]) Reset(api, stage, authorizer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	clear(c.flights)
	for e := c.recent.Front(); e != nil; {
		next := e.Next()
		k := e.Value.(*entry[V]).key
		if k.API == api && (stage == "" || k.Stage == stage) && (authorizer == "" || k.Authorizer == authorizer) {
			c.remove(e)
		}
		e = next
	}
}

// Len is the number of results that are remembered, expired ones included.
func (c *Cache[V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recent.Len()
}

// fly loads and tells those who wait, whatever happens.
func (c *Cache[V]) fly(ctx context.Context, key Key, f *flight[V], epoch uint64, load func(context.Context) (V, time.Duration, error)) (V, error) {
	var ttl time.Duration
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.flights[key] == f {
			delete(c.flights, key)
		}
		if f.err == nil && c.epoch == epoch {
			c.store(key, f.value, ttl)
		}
		close(f.done)
	}()
	value, ttl, err := load(ctx)
	if err != nil && ctx.Err() != nil {
		return value, ctx.Err() // f.err stays errAbandoned: somebody else loads
	}
	f.value, f.err = value, err
	return value, err
}

func (c *Cache[V]) lookup(key Key) (V, bool) {
	e, ok := c.entries[key]
	if !ok {
		var none V
		return none, false
	}
	held := e.Value.(*entry[V])
	if !time.Now().Before(held.until) {
		c.remove(e)
		var none V
		return none, false
	}
	c.recent.MoveToFront(e)
	return held.value, true
}

func (c *Cache[V]) store(key Key, value V, ttl time.Duration) {
	if ttl <= 0 {
		return
	}
	if e, ok := c.entries[key]; ok {
		c.remove(e)
	}
	c.entries[key] = c.recent.PushFront(&entry[V]{key, value, time.Now().Add(ttl)})
	if c.recent.Len() > c.max {
		c.remove(c.recent.Back())
	}
}

func (c *Cache[V]) remove(e *list.Element) {
	delete(c.entries, e.Value.(*entry[V]).key)
	c.recent.Remove(e)
}
