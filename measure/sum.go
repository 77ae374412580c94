package measure

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Kept is one series as it is counted, to be summed with those of other processes: what
// percentiles are read of, and no percentiles, for those of several cannot be brought together.
type Kept struct {
	Key
	Minutes []Minute `json:"minutes"` // in which something happened
}

// Minute is one minute of a series. Its names are short, for there may be thousands.
type Minute struct {
	At           int64    `json:"t"` // minutes since 1970
	Open         uint32   `json:"o,omitempty"`
	Count        uint32   `json:"c,omitempty"`
	ClientErrors uint32   `json:"4,omitempty"`
	ServerErrors uint32   `json:"5,omitempty"`
	Throttled    uint32   `json:"h,omitempty"`
	Connects     uint32   `json:"n,omitempty"`
	Messages     uint32   `json:"m,omitempty"`
	Latency      []uint32 `json:"l,omitempty"` // a bucket and how many are in it, again and again
	Integration  []uint32 `json:"i,omitempty"`
}

// Sum is the last hour of several processes together.
type Sum struct {
	last   int64 // minute
	series map[Key]*hour
}

// Sum begins with what this process has served of what a filter asks for.
func (h *Hour) Sum(f *Filter) *Sum {
	last := h.now()
	s := &Sum{last, h.own(last)}
	maps.DeleteFunc(s.series, func(k Key, _ *hour) bool { return !f.Takes(k) })
	return s
}

// Add adds a series of another process. Its minutes are those of that process's clock: where
// clocks differ they stand beside ours, and what is not of our hour is left out. What makes no
// sense counts nothing.
func (s *Sum) Add(k *Kept) {
	key := k.Key
	// The bound holds for all processes together, or each of them could bring as many.
	if s.series[key] == nil && len(s.series) >= MostSeries {
		key = Other
	}
	if s.series[key] == nil {
		s.series[key] = &hour{}
	}
	for i := range k.Minutes {
		if there := &k.Minutes[i]; within(there.At, s.last) {
			s.series[key].add(there)
		}
	}
}

// add adds a minute of another process. Of connections this is the most that can have been open
// at a time: each process tells its own most.
func (h *hour) add(there *Minute) {
	m := h[there.At%Minutes]
	if m == nil {
		m = &minute{at: there.At}
		h[there.At%Minutes] = m
	}
	m.open += there.Open
	m.count += there.Count
	m.clientErrors += there.ClientErrors
	m.serverErrors += there.ServerErrors
	m.throttled += there.Throttled
	m.connects += there.Connects
	m.messages += there.Messages
	spread(&m.latency, there.Latency)
	spread(&m.integration, there.Integration)
}

// spread adds pairs of a bucket and a number.
func spread(to *[buckets]uint32, pairs []uint32) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] < buckets {
			to[pairs[i]] += pairs[i+1]
		}
	}
}

// pairs are the buckets in which something is.
func pairs(of *[buckets]uint32) (found []uint32) {
	for b, n := range of {
		if n > 0 {
			found = append(found, uint32(b), n)
		}
	}
	return found
}

// Kept are all series of this process, by their keys, for another one's Sum.
func (h *Hour) Kept() []Kept {
	all := []Kept{}
	for k, own := range h.own(h.now()) {
		one := Kept{Key: k}
		for _, m := range own {
			if m == nil {
				continue
			}
			one.Minutes = append(one.Minutes, Minute{
				At: m.at, Open: m.open, Count: m.count, ClientErrors: m.clientErrors, ServerErrors: m.serverErrors, Throttled: m.throttled,
				Connects: m.connects, Messages: m.messages, Latency: pairs(&m.latency), Integration: pairs(&m.integration),
			})
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Kept) int { return a.Key.compare(b.Key) })
	return all
}

// Read answers the first minute, which is not over for the last one, and all series by their
// keys.
func (s *Sum) Read() (first time.Time, all []Measured) {
	all = make([]Measured, 0, len(s.series))
	for k, one := range s.series {
		all = append(all, Measured{k, one.read(s.last)})
	}
	slices.SortFunc(all, func(a, b Measured) int { return a.Key.compare(b.Key) })
	return time.Unix((s.last-Minutes+1)*60, 0).UTC(), all
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.API, o.API), cmp.Compare(k.Stage, o.Stage), cmp.Compare(k.Route, o.Route))
}

func (h *hour) read(last int64) (p Points) {
	for at := last - Minutes + 1; at <= last; at++ {
		m := h[at%Minutes]
		if m == nil || m.at != at {
			m = &minute{}
		}
		p.Count, p.ClientErrors, p.ServerErrors = append(p.Count, m.count), append(p.ClientErrors, m.clientErrors), append(p.ServerErrors, m.serverErrors)
		p.Throttled, p.Connects, p.Messages = append(p.Throttled, m.throttled), append(p.Connects, m.connects), append(p.Messages, m.messages)
		p.Open = append(p.Open, m.open)
		p.Latency.add(&m.latency)
		p.Integration.add(&m.integration)
	}
	return p
}
