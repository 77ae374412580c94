package connection

import (
	"sync"
	"sync/atomic"
	"time"
)

// shards spread the lock; connections fall on them at random.
const shards = 64

// Registry holds the connections of this node.
type Registry struct {
	node   Node
	lost   atomic.Pointer[time.Time] // when others were told that what was here is gone; nil for never
	shards [shards]shard
}

type shard struct {
	mu sync.RWMutex // Protects fields below.
	of map[ID]*Connection
}

// NewRegistry makes an empty registry of a node.
func NewRegistry(n Node) *Registry {
	r := &Registry{node: n & maxNode}
	for i := range r.shards {
		r.shards[i].of = map[ID]*Connection{}
	}
	return r
}

// Node is the node that ids from NewID name.
func (r *Registry) Node() Node { return r.node }

// NewID draws the id of a connection to be; it exists from Add on.
func (r *Registry) NewID() string { return r.node.NewID().String() }

func (r *Registry) shard(id ID) *shard { return &r.shards[id[len(id)-1]%shards] }

// Add makes a connection exist. An id that is not from NewID is ErrMalformedID, and a
// client that came before Lose is ErrGone: somebody may have been told so.
func (r *Registry) Add(c *Connection) error {
	id, err := ParseID(c.ID)
	if err != nil {
		return err
	}
	s := r.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := r.lost.Load(); at != nil && !c.ConnectedAt.After(*at) {
		return ErrGone
	}
	s.of[id] = c
	return nil
}

// Remove makes a connection exist no more, if it did, and reports whether.
func (r *Registry) Remove(id string) bool {
	key, err := ParseID(id)
	if err != nil {
		return false
	}
	s := r.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, had := s.of[key]
	delete(s.of, key)
	return had
}

// Get finds a connection of this node, or nil.
func (r *Registry) Get(id string) *Connection {
	key, err := ParseID(id)
	if err != nil {
		return nil
	}
	return r.find(key)
}

func (r *Registry) find(id ID) *Connection {
	s := r.shard(id)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.of[id]
}

// Len counts the connections.
func (r *Registry) Len() int {
	n := 0
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.RLock()
		n += len(s.of)
		s.mu.RUnlock()
	}
	return n
}

// Range calls f for every connection, in no order, until it returns false. It
// holds no lock meanwhile: f may call the registry. Connections that come or go
// during the call may be left out or met.
func (r *Registry) Range(f func(*Connection) bool) {
	var here []*Connection
	for i := range r.shards {
		here = r.shards[i].list(here[:0])
		for _, c := range here {
			if !f(c) {
				return
			}
		}
	}
}

func (s *shard) list(into []*Connection) []*Connection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.of {
		into = append(into, c)
	}
	return into
}
