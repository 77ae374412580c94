package measure

import (
	"math"
	"sync"
	"time"
)

// Minutes are kept, and so many series of them: 300 with something in every minute are
// 8 MiB.
const (
	Minutes    = 60
	MostSeries = 300
)

// Key names a series. The route is "" where no route was found.
type Key struct{ API, Stage, Route string }

// Other is the series for all beyond the bound.
var Other = Key{"other", "other", ""}

// Event is one thing that was served.
type Event struct {
	Status             int           // of an HTTP request, a handshake or a message; 0 for none
	Messages           int           // of WebSocket APIs, in and out
	Connect            bool          // it was a handshake
	Throttled          bool          // by the gateway itself
	Posted             bool          // a message of a backend: no exchange
	Latency            time.Duration // 0 for not measured
	IntegrationLatency time.Duration // 0 for no backend
}

// Hour keeps the last hour of all series. It is safe for concurrent use.
type Hour struct {
	Now func() time.Time // nil is time.Now
	// Open tells how many connections of WebSocket APIs are open by stage; nil: there are
	// none. It is set before the hour is used.
	Open func() map[Stage]float64

	mu     sync.Mutex // Protects fields below.
	series map[Key]*Series
}

// Series is the last hour of one key.
type Series struct {
	hour    *Hour
	mu      sync.Mutex // Protects field below.
	minutes hour
}

// hour has a minute at its number modulo Minutes; nil where nothing happened.
type hour [Minutes]*minute

// within says whether a minute is of the hour that ends with the last one.
func within(at, last int64) bool { return at >= 0 && at > last-Minutes && at <= last }

// minute is what happened in one. Times are counted by bucket.
type minute struct {
	at                                                               int64  // minutes since 1970
	open                                                             uint32 // connections, the most that were seen at a time
	count, clientErrors, serverErrors, throttled, connects, messages uint32
	latency, integration                                             [buckets]uint32
}

// Buckets go from 50 µs to what is longer than any timeout.
const (
	buckets = 44
	least   = 50 * time.Microsecond
)

// bucket is where a time is counted.
func bucket(d time.Duration) int {
	if d <= least {
		return 0
	}
	return min(int(math.Ceil(2*math.Log2(float64(d)/float64(least)))), buckets-1)
}

// bound is the longest time of a bucket, in milliseconds.
func bound(b int) float64 {
	ms := float64(least) / float64(time.Millisecond) * math.Pow(2, float64(b)/2)
	return math.Round(ms*1000) / 1000
}

func (h *Hour) now() int64 {
	if h.Now != nil {
		return h.Now().Unix() / 60
	}
	return time.Now().Unix() / 60
}

// Series is that of a key, or Other's when there are too many. Whoever counts much keeps
// it.
func (h *Hour) Series(k Key) *Series {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.series == nil {
		h.series = map[Key]*Series{}
	}
	if s := h.series[k]; s != nil {
		return s
	}
	if len(h.series) >= MostSeries {
		k = Other
	}
	s := h.series[k]
	if s == nil {
		s = &Series{hour: h}
		h.series[k] = s
	}
	return s
}

// Forget drops the series of a stage, or of all of an API's when stage is "".
func (h *Hour) Forget(api, stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range h.series {
		if k.API == api && (stage == "" || k.Stage == stage) {
			delete(h.series, k)
		}
	}
}

// Add counts an event.
func (s *Series) Add(e Event) {
	at := s.hour.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.minute(at)
	m.messages += uint32(e.Messages)
	if e.Posted {
		return
	}
	m.count++
	switch {
	case e.Status >= 500:
		m.serverErrors++
	case e.Status >= 400:
		m.clientErrors++
	}
	if e.Throttled {
		m.throttled++
	}
	if e.Connect {
		m.connects++
	}
	if e.Latency > 0 {
		m.latency[bucket(e.Latency)]++
	}
	if e.IntegrationLatency > 0 {
		m.integration[bucket(e.IntegrationLatency)]++
	}
}

// minute is one that is counted in. It needs the lock.
func (s *Series) minute(at int64) *minute {
	m := s.minutes[at%Minutes]
	if m == nil || m.at != at {
		m = &minute{at: at}
		s.minutes[at%Minutes] = m
	}
	return m
}

// Points are what a series had in each minute, oldest first. Percentiles are
// milliseconds, nil for a minute in which nothing was measured.
type Points struct {
	Count        []uint32 `json:"count"`
	ClientErrors []uint32 `json:"4xx"`
	ServerErrors []uint32 `json:"5xx"`
	Throttled    []uint32 `json:"throttled"`
	Connects     []uint32 `json:"connects"`
	Open         []uint32 `json:"open"` // connections, the most at a time; of a stage, in its series without a route
	Messages     []uint32 `json:"messages"`
	Latency      Times    `json:"latency"`
	Integration  Times    `json:"integrationLatency"`
}

// Times are percentiles.
type Times struct {
	P50 []*float64 `json:"p50"`
	P90 []*float64 `json:"p90"`
	P99 []*float64 `json:"p99"`
}

// Measured is a series and its hour.
type Measured struct {
	Key
	Points
}

// Read answers the first minute, which is not over for the last one, and all series by
// their keys.
func (h *Hour) Read() (first time.Time, all []Measured) { return h.Sum(&Filter{}).Read() }

// own are copies of all series, by their keys: who reads them holds nobody up who counts.
func (h *Hour) own(last int64) map[Key]*hour {
	h.look()
	h.mu.Lock()
	found := make(map[Key]*Series, len(h.series))
	for k, s := range h.series {
		found[k] = s
	}
	h.mu.Unlock()
	all := make(map[Key]*hour, len(found))
	for k, s := range found {
		all[k] = s.copied(last)
	}
	return all
}

// copied is a copy of the minutes that are not over for an hour.
func (s *Series) copied(last int64) *hour {
	s.mu.Lock()
	defer s.mu.Unlock()
	var copies hour
	for i, m := range s.minutes {
		if m != nil && within(m.at, last) {
			one := *m
			copies[i] = &one
		}
	}
	return &copies
}

func (t *Times) add(counts *[buckets]uint32) {
	t.P50, t.P90, t.P99 = append(t.P50, percentile(counts, .5)), append(t.P90, percentile(counts, .9)), append(t.P99, percentile(counts, .99))
}

// percentile is the bound of the bucket in which the share ends.
func percentile(counts *[buckets]uint32, share float64) *float64 {
	total := uint64(0)
	for _, n := range counts {
		total += uint64(n)
	}
	if total == 0 {
		return nil
	}
	rank, seen := uint64(math.Ceil(share*float64(total))), uint64(0)
	for b, n := range counts {
		if seen += uint64(n); seen >= rank {
			ms := bound(b)
			return &ms
		}
	}
	return nil // not reached: all are seen at the end
}

// Total is a number since the process began, as /metrics has it.
type Total struct {
	Name  string  `json:"name"` // of the metric
	API   string  `json:"api"`
	Stage string  `json:"stage"`
	Route string  `json:"route,omitempty"`
	Value float64 `json:"value"`
}

// Key is the series that a total stands beside.
func (t *Total) Key() Key { return Key{t.API, t.Stage, t.Route} }
