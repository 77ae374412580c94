package throttle

import (
	"cmp"
	"math"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
)

// Period is in which a quota is counted, in UTC.
type Period string

// The periods, worded as usage plans do.
const (
	Day   Period = "DAY"
	Week  Period = "WEEK"
	Month Period = "MONTH"
)

// Quota is how many requests a key may make in a period.
type Quota struct {
	Limit  int64
	Offset int64 // taken off the first period in which a key is used
	Period Period
}

func (p Period) start(at time.Time) time.Time  { return resource.PeriodStart(string(p), at) }
func (p Period) end(start time.Time) time.Time { return resource.PeriodEnd(string(p), start) }

// Count is how much of a quota is used.
type Count struct {
	Plan, Key string    // ids
	Start     time.Time // of the period
	Period    Period    // "" for the one that is counted already
	Used      int64     // in this period, as far as this node knows
	Added     int64     // of that, what was not yet saved: for stores that add up several nodes
}

// Day is the day, in UTC, that what was counted until now belongs to: the last of the
// period, where that is over.
func (c Count) Day(now time.Time) time.Time {
	last := c.Period.end(c.Start).AddDate(0, 0, -1)
	if today := Day.start(now); today.Before(last) {
		return today
	}
	return last
}

// unlimited is counted of plans without a quota, so that their use can be told too.
var unlimited = &Quota{Limit: math.MaxInt64, Period: Day}

// spent counts one key in one plan. Its owner locks.
type spent struct {
	start  time.Time // zero if the key was never used
	period Period
	used   int64
	saved  int64 // of used
}

// turn begins a new period if the last is over.
func (s *spent) turn(q *Quota, now time.Time) {
	start := q.Period.start(now)
	switch {
	case s.period != q.Period && !s.start.IsZero():
		// The plan has another period. What was used of that before is in the store.
		*s = spent{start: start, period: q.Period, used: s.used - s.saved}
		return
	case !start.After(s.start):
		return // the same period, or a clock that was set back
	}
	first := s.start.IsZero()
	*s = spent{start: start, period: q.Period}
	if first {
		s.used, s.saved = q.Offset, q.Offset
	}
}

// left reports whether the quota has one more.
func (s *spent) left(q *Quota) bool { return s.used < q.Limit }

// restore takes a count that was saved. Requests that were counted since are
// added.
func (s *spent) restore(c Count) {
	period := cmp.Or(c.Period, s.period)
	switch {
	case s.period != "" && s.period != period:
		*s = spent{start: c.Start.UTC(), period: period, used: c.Used + s.used - s.saved, saved: c.Used}
	case c.Start.After(s.start):
		*s = spent{start: c.Start.UTC(), period: period, used: c.Used, saved: c.Used}
	case c.Start.Equal(s.start):
		added := s.used - s.saved
		s.saved = max(s.saved, c.Used)
		s.used = s.saved + added
	}
}
