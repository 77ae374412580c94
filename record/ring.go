package record

import "sync"

// The bounds of a Ring unless others are asked for.
const (
	DefaultRecords = 1000
	DefaultBytes   = 16 << 20
)

// Ring keeps the last records, within a number of them and of bytes, and shows new ones
// to those who follow. It is safe for concurrent use.
type Ring struct {
	mu        sync.RWMutex // Protects fields below.
	node      string       // "" for one that is alone
	records   []*Record    // a circle
	first     int          // the oldest
	count     int
	bytes     int
	maxBytes  int
	followers map[*Follower]struct{}
	closed    chan struct{}
	closing   sync.Once
}

// NewRing makes a Ring that keeps so many records, and so many bytes of them; 0 stands
// for the defaults.
func NewRing(records, bytes int) *Ring {
	if records <= 0 {
		records = DefaultRecords
	}
	if bytes <= 0 {
		bytes = DefaultBytes
	}
	return &Ring{records: make([]*Record, records), maxBytes: bytes, followers: map[*Follower]struct{}{}, closed: make(chan struct{})}
}

// Name has records name the node that made them, from now on.
func (g *Ring) Name(node string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.node = node
}

// Add keeps a record, the newest, and shows it to followers. One that is larger than
// all that may be kept is shown and not kept.
func (g *Ring) Add(r *Record) {
	r.bytes = r.weigh()
	g.mu.Lock()
	defer g.mu.Unlock()
	r.Node = g.node
	for f := range g.followers {
		f.offer(r)
	}
	if r.bytes > g.maxBytes {
		return
	}
	for g.count > 0 && (g.count == len(g.records) || g.bytes+r.bytes > g.maxBytes) {
		g.drop()
	}
	g.records[(g.first+g.count)%len(g.records)] = r
	g.count++
	g.bytes += r.bytes
}

// drop lets go of the oldest.
func (g *Ring) drop() {
	g.bytes -= g.records[g.first].bytes
	g.records[g.first] = nil
	g.first = (g.first + 1) % len(g.records)
	g.count--
}

// Find answers the records that a filter takes, newest first.
func (g *Ring) Find(f *Filter) []*Record {
	limit := f.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	found := []*Record{}
	for _, r := range g.all() {
		if len(found) == limit {
			break
		}
		if f.Takes(r) {
			found = append(found, r)
		}
	}
	return found
}

// all are all records, newest first. Filters look at them without holding up whoever
// records.
func (g *Ring) all() []*Record {
	g.mu.RLock()
	defer g.mu.RUnlock()
	all := make([]*Record, 0, g.count)
	for i := g.count - 1; i >= 0; i-- {
		all = append(all, g.records[(g.first+i)%len(g.records)])
	}
	return all
}

// Get is the record of an id, nil for none.
func (g *Ring) Get(id string) *Record {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for i := g.count - 1; i >= 0; i-- {
		if r := g.records[(g.first+i)%len(g.records)]; r.ID == id {
			return r
		}
	}
	return nil
}

// Size is how many records, and bytes of them, are kept.
func (g *Ring) Size() (records, bytes int) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.count, g.bytes
}

// Close tells all followers that no more comes. Records are kept as before.
func (g *Ring) Close() { g.closing.Do(func() { close(g.closed) }) }

// queue is how many records wait for one follower, and MaxFollowers how many may follow
// at a time.
const (
	queue        = 256
	MaxFollowers = 64
)

// Follower is shown records as they are kept.
type Follower struct {
	// Records are those that the follower's filter takes, oldest first.
	Records <-chan *Record
	// Done is closed when there will be no more.
	Done <-chan struct{}

	records chan *Record
	filter  *Filter
	mu      sync.Mutex // Protects lost.
	lost    int
}

// Follow begins to show records that a filter takes; end ends it, and must be called. It
// answers nil when too many follow already.
func (g *Ring) Follow(filter *Filter) (f *Follower, end func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.followers) >= MaxFollowers {
		return nil, nil
	}
	records := make(chan *Record, queue)
	f = &Follower{Records: records, Done: g.closed, records: records, filter: filter}
	g.followers[f] = struct{}{}
	return f, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.followers, f)
	}
}

// Crowded says whether as many follow as may.
func (g *Ring) Crowded() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return len(g.followers) >= MaxFollowers
}

// offer never waits: what does not fit is lost.
func (f *Follower) offer(r *Record) {
	if !f.filter.Cheap(r) {
		return
	}
	select {
	case f.records <- r:
	default:
		f.mu.Lock()
		f.lost++
		f.mu.Unlock()
	}
}

// Lost is how many records the follower did not take in time, since it was asked last.
func (f *Follower) Lost() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	lost := f.lost
	f.lost = 0
	return lost
}

// Takes says whether the follower's filter takes a record, its text too.
func (f *Follower) Takes(r *Record) bool { return f.filter.Takes(r) }
