package throttle

import "time"

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

// start is when the period began in which at lies.
// Assumed: weeks begin on Monday; days, weeks and months begin at midnight UTC.
func (p Period) start(at time.Time) time.Time {
	at = at.UTC()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	switch p {
	case Week:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case Month:
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}

// end is when the period ends that began at start.
func (p Period) end(start time.Time) time.Time {
	switch p {
	case Week:
		return start.AddDate(0, 0, 7)
	case Month:
		return start.AddDate(0, 1, 0)
	}
	return start.AddDate(0, 0, 1)
}

// Count is how much of a quota is used.
type Count struct {
	Plan, Key string    // ids
	Start     time.Time // of the period
	Used      int64     // in this period, as far as this node knows
	Added     int64     // of that, what was not yet saved: for stores that add up several nodes
}

// spent counts one key in one plan. Its owner locks.
type spent struct {
	start time.Time // zero if the key was never used
	used  int64
	saved int64 // of used
}

// turn begins a new period if the last is over.
func (s *spent) turn(q *Quota, now time.Time) {
	start := q.Period.start(now)
	if !start.After(s.start) {
		return // the same period, or a clock that was set back
	}
	first := s.start.IsZero()
	*s = spent{start: start}
	if first {
		s.used, s.saved = q.Offset, q.Offset
	}
}

// left reports whether the quota has one more.
func (s *spent) left(q *Quota) bool { return s.used < q.Limit }

// restore takes a count that was saved. Requests that were counted since are
// added.
func (s *spent) restore(c Count) {
	switch {
	case c.Start.After(s.start):
		*s = spent{start: c.Start.UTC(), used: c.Used, saved: c.Used}
	case c.Start.Equal(s.start):
		added := s.used - s.saved
		s.saved = max(s.saved, c.Used)
		s.used = s.saved + added
	}
}
