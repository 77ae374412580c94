package record

import (
	"math"
	"sync"
	"time"
	"weak"

	"github.com/dragoman-gateway/dragoman/record/mask"
)

// The bounds of a Ring unless others are asked for.
const (
	DefaultRecords = 1000
	DefaultBytes   = 16 << 20
)

// Ring keeps the last records, within a number of them and of bytes, and shows new ones
// to those who follow. It is safe for concurrent use.
//
// It keeps what drafts were told as they were told it. What is secret in that is looked for
// by whoever looks at a record, and by Settle, which leaves of each what may be shown: until
// then the ring alone has the rest.
type Ring struct {
	mu        sync.RWMutex // Protects fields below.
	node      string       // "" for one that is alone
	fit       func(*Draft) bool
	settle    func() // nil, or has Settle be called soon
	records   []kept // a circle
	texts     shelf
	first     int // the oldest
	count     int
	gone      uint64 // how many have left: a record is known by how many came before it
	bytes     int
	maxBytes  int
	unsettled int // records
	offered   []offered
	followers map[*Follower]struct{}
	closed    chan struct{}
	closing   sync.Once
}

// offered is what a follower was given and may not have looked at: one who reads slowly must not
// keep what is secret in memory. Nothing is kept for it that the follower does not keep.
type offered struct {
	record weak.Pointer[Sealed]
	ended  time.Time
}

// kept is a record in a ring: its head, and where its script is.
type kept struct {
	Record // without steps
	known  *mask.Secrets
	raw    bool // what is secret in it stands in it
	void   bool // nobody may see it
	first  int32
	size   int
}

// overhead is what a record holds beside its script.
const overhead = 384

// weight is what a record counts in a ring whose script has some bytes. The texts of its head
// are those of the configuration but for a few.
func (r *Record) weight(script int) int {
	return overhead + blocksOf(script)*blockSize + len(r.Summary) + len(r.Unfit)
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
	return &Ring{records: make([]kept, records), maxBytes: bytes, followers: map[*Follower]struct{}{}, closed: make(chan struct{})}
}

// Name has records name the node that made them, from now on.
func (g *Ring) Name(node string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.node = node
}

// Fit has drafts be made fit to be shown before anybody sees them: f takes out of one what is
// secret, and says false of one that nobody may see. settle, nil for nothing, is called when a
// record waits for Settle and none did. It must be called before the first Keep.
func (g *Ring) Fit(f func(*Draft) bool, settle func()) { g.fit, g.settle = f, settle }

// Add keeps a record that may be shown as it is, the newest, and shows it to followers. One
// that is larger than all that may be kept is shown and not kept.
func (g *Ring) Add(r *Record) {
	g.add(r, nil, false, r.script(nil, r.Time))
}

// Keep is Add for what a draft was told, which has ended.
func (g *Ring) Keep(d *Draft) {
	d.close()
	g.add(&d.Record, d.Known, true, d.script)
	d.release()
}

func (g *Ring) add(r *Record, known *mask.Secrets, raw bool, script []byte) {
	if g.enter(r, known, raw, script) && g.settle != nil {
		g.settle()
	}
}

// enter says whether it has kept the first record that waits for Settle.
func (g *Ring) enter(r *Record, known *mask.Secrets, raw bool, script []byte) (waits bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	waited := g.waits()
	if len(g.followers) > 0 {
		k := kept{size: len(script)}
		k.enter(g, r, known, raw)
		g.offer(&k, script)
	}
	weight := r.weight(len(script))
	if !g.makeRoom(weight, 1) {
		return !waited && g.waits()
	}
	// It is written where it stays: heads are large, and each copy of one is seen by the collector.
	k := &g.records[(g.first+g.count)%len(g.records)]
	k.enter(g, r, known, raw)
	k.void, k.size, k.first = false, len(script), g.texts.put(script)
	g.count++
	g.bytes += weight
	if raw {
		g.unsettled++
	}
	return !waited && g.waits()
}

// enter makes the head of a record that of what is kept.
func (k *kept) enter(g *Ring, r *Record, known *mask.Secrets, raw bool) {
	k.Record, k.known, k.raw = *r, known, raw
	k.Node, k.Steps = g.node, nil
}

// waits says whether anything waits for Settle.
func (g *Ring) waits() bool { return g.unsettled > 0 || len(g.offered) > 0 }

// makeRoom has the oldest leave until there is room; false where there never is.
func (g *Ring) makeRoom(bytes, records int) bool {
	if bytes > g.maxBytes {
		return false
	}
	for g.count > 0 && (g.count+records > len(g.records) || g.bytes+bytes > g.maxBytes) {
		g.drop()
	}
	return true
}

// drop lets go of the oldest.
func (g *Ring) drop() {
	k := &g.records[g.first]
	g.texts.drop(k.first)
	g.bytes -= k.weight(k.size)
	if k.raw {
		g.unsettled--
	}
	*k = kept{}
	g.first = (g.first + 1) % len(g.records)
	g.count--
	g.gone++
}

// at is the n-th record of all that ever came, nil where it has left.
func (g *Ring) at(n uint64) *kept {
	if n < g.gone || n >= g.gone+uint64(g.count) {
		return nil
	}
	return &g.records[(g.first+int(n-g.gone))%len(g.records)]
}

// sealed is a record as it is kept, apart from the ring.
func (g *Ring) sealed(k *kept) *Sealed {
	return &Sealed{ring: g, kept: *k, script: string(g.texts.get(make([]byte, 0, k.size), k.first, k.size))}
}

// take answers the newest record before the n-th that a filter takes as far as can be seen
// without looking into it, and which it is; nil for none.
func (g *Ring) take(n uint64, cheap func(*Record) bool) (*Sealed, uint64) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for n = min(n, g.gone+uint64(g.count)); n > g.gone; {
		n--
		if k := g.at(n); !k.void && cheap(&k.Record) {
			return g.sealed(k), n
		}
	}
	return nil, 0
}

// Find answers the records that a filter takes, newest first. It looks at one after the
// other, without holding up whoever records.
func (g *Ring) Find(f *Filter) []*Record {
	limit := f.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	found := []*Record{}
	for n := uint64(math.MaxUint64); len(found) < limit; {
		var s *Sealed
		if s, n = g.take(n, f.Cheap); s == nil {
			break
		}
		if r := s.Open(); r != nil && f.Takes(r) {
			found = append(found, r)
		}
	}
	return found
}

// Get is the record of an id, nil for none.
func (g *Ring) Get(id string) *Record {
	s, _ := g.take(math.MaxUint64, func(r *Record) bool { return r.ID == id })
	if s == nil {
		return nil
	}
	return s.Open()
}

// Settle leaves of the records that ended before a moment what may be shown, and forgets the
// rest. It says whether others wait for it.
func (g *Ring) Settle(before time.Time) (more bool) {
	for _, o := range g.unread(before) {
		if s := o.record.Value(); s != nil {
			s.Open()
		}
	}
	for n := uint64(0); ; n++ {
		var s *Sealed
		if s, n, more = g.oldest(n, before); s == nil {
			return more
		}
		g.replace(n, s.Open())
	}
}

// unread takes those of the records that followers were given which ended before a moment.
func (g *Ring) unread(before time.Time) (due []offered) {
	g.mu.Lock()
	defer g.mu.Unlock()
	later := make([]offered, 0, len(g.offered))
	for _, o := range g.offered {
		if o.ended.Before(before) {
			due = append(due, o)
		} else {
			later = append(later, o)
		}
	}
	g.offered = later
	return due
}

// oldest is the oldest record from the n-th on that waits for Settle and ended before a
// moment, and which it is; nil for none.
func (g *Ring) oldest(n uint64, before time.Time) (s *Sealed, at uint64, more bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if !g.waits() {
		return nil, 0, false
	}
	for n = max(n, g.gone); n < g.gone+uint64(g.count); n++ {
		if k := g.at(n); k.raw && k.Time.Add(k.Duration).Before(before) {
			return g.sealed(k), n, true
		}
	}
	return nil, 0, true
}

// replace has a record stand for the n-th, which it is without secrets; nil stands for none
// that may be seen.
func (g *Ring) replace(n uint64, r *Record) {
	var script []byte
	fit := kept{void: r == nil}
	if r != nil {
		script = r.script(nil, r.Time)
		fit.Record, fit.Steps, fit.size = *r, nil, len(script)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	k := g.at(n)
	if k == nil || !k.raw {
		return // it has left, or somebody else was here
	}
	// Marks may be longer than what they stand for: then the oldest leave, it perhaps among them.
	if !g.makeRoom(fit.weight(fit.size)-k.weight(k.size), 0) {
		script, fit = nil, kept{void: true}
	}
	if k = g.at(n); k == nil {
		return
	}
	g.texts.drop(k.first)
	fit.first = g.texts.put(script)
	g.bytes += fit.weight(fit.size) - k.weight(k.size)
	g.unsettled--
	*k = fit
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

// Sealed is a record that was kept and that nobody has looked into yet.
type Sealed struct {
	ring *Ring
	kept
	script string
	once   sync.Once
	opened *Record
}

// Open is the record as it may be shown, nil where it may not. It is made once, by whoever
// asks first: whoever recorded has not waited for it.
func (s *Sealed) Open() *Record {
	s.once.Do(func() {
		d, raw, script := Draft{Record: s.Record, Known: s.known, open: true}, s.raw, s.script
		s.kept, s.script = kept{}, "" // whatever comes of it
		if !d.apply(script) {
			return
		}
		if raw {
			d.Summarize()
			if s.ring.fit != nil && !s.ring.fit(&d) {
				return
			}
		}
		s.opened = &d.Record
	})
	return s.opened
}

// Follower is shown records as they are kept.
type Follower struct {
	// Records are those that the follower's filter takes as far as can be seen without opening
	// them, oldest first.
	Records <-chan *Sealed
	// Done is closed when there will be no more.
	Done <-chan struct{}

	records chan *Sealed
	filter  *Filter
	mu      sync.Mutex     // Protects lost.
	lost    map[string]int // by API
}

// mostMissed is of how many APIs a follower is told how many records it has missed.
const mostMissed = 1024

// Follow begins to show records that a filter takes; end ends it, and must be called. It
// answers nil when too many follow already.
func (g *Ring) Follow(filter *Filter) (f *Follower, end func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.followers) >= MaxFollowers {
		return nil, nil
	}
	records := make(chan *Sealed, queue)
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

// offer shows a record to followers. It never waits: what does not fit is lost. Its script is
// copied once, and only where somebody takes it.
func (g *Ring) offer(k *kept, script []byte) {
	var s *Sealed
	for f := range g.followers {
		if !f.filter.Cheap(&k.Record) {
			continue
		}
		if len(f.records) == cap(f.records) { // the ring alone sends, under its lock
			f.miss(k.Api)
			continue
		}
		if s == nil {
			s = &Sealed{ring: g, kept: *k, script: string(script)}
			if k.raw {
				g.offered = append(g.offered, offered{weak.Make(s), k.Time.Add(k.Duration)})
			}
		}
		f.records <- s
	}
}

// miss counts a record that the follower did not take in time. Whether it may see the API is not
// asked here: a store may have to be read for that, and whoever records would wait.
func (f *Follower) miss(api string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost == nil {
		f.lost = map[string]int{}
	}
	if _, is := f.lost[api]; is || len(f.lost) < mostMissed {
		f.lost[api]++
	}
}

// Lost is how many records the follower did not take in time, since it was asked last, of those
// that whoever asks may see: how much others do is none of his business. It is asked for APIs
// as they are now.
func (f *Follower) Lost() (lost int) {
	f.mu.Lock()
	missed := f.lost
	f.lost = nil
	f.mu.Unlock()
	for api, n := range missed {
		if f.filter.Sees == nil || f.filter.Sees(api) {
			lost += n
		}
	}
	return lost
}

// Takes says whether the follower's filter takes a record, its text too.
func (f *Follower) Takes(r *Record) bool { return f.filter.Takes(r) }
