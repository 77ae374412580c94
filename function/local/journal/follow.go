package journal

import "sync/atomic"

// Bounds of following: how many may, and how many lines wait for each of them.
const (
	MostFollowers = 32
	queue         = 1024
)

// Follower is shown lines as they are logged.
type Follower struct {
	Lines <-chan Line // closed when no more will come
	Kept  []Line      // what was kept when it began, without a gap to what follows

	lines  chan Line
	filter Filter
	lost   atomic.Int64
}

// Follow begins to show the lines that a filter takes, after those of them that are kept;
// end ends it and must be called. It answers nil when too many follow already.
func (j *Journal) Follow(filter Filter) (f *Follower, end func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.followers) >= MostFollowers {
		return nil, nil
	}
	lines := make(chan Line, queue)
	// Under the same lock as Add: between what is kept and what comes no line is missed or told twice.
	f = &Follower{Lines: lines, Kept: j.find(&filter), lines: lines, filter: filter}
	// A follower who comes late gets what is kept and an end, and does not wait for what never comes.
	if j.closed {
		close(lines)
		return f, func() {}
	}
	j.followers[f] = struct{}{}
	return f, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.followers, f)
	}
}

// offer never waits: what does not fit is lost, and told.
func (f *Follower) offer(line Line) {
	if !f.filter.takes(&line) {
		return
	}
	select {
	case f.lines <- line:
	default:
		f.lost.Add(1)
	}
}

// Lost is how many lines the follower did not take in time, since it was asked last.
func (f *Follower) Lost() int { return int(f.lost.Swap(0)) }

// Close tells all followers that no more comes. Lines stay as they are.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	for f := range j.followers {
		close(f.lines)
	}
	clear(j.followers)
}
