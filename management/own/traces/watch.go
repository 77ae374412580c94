package traces

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/record"
)

// lookEvery is how often other nodes are asked for what they have made since: who follows
// should not be in the way of what is followed.
const lookEvery = time.Second

// news are records of other nodes that a stream has not shown, oldest first, and the nodes that
// are silent.
type news struct {
	found  []record.Told
	silent []string
}

// watch asks other nodes until ctx ends for what they make since a stream began. out is given what is new, one answer at a time: while
// a slow reader takes one, nobody is asked.
func (t *traces) watch(ctx context.Context, f *record.Filter, began time.Time, out chan<- news) {
	w := watching{after: map[string]time.Time{}, began: began}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		found, silent, err := t.elsewhere.Since(ctx, f, w.after)
		if err != nil {
			silent = w.silent // who lives is not known at this moment: nobody is newly silent
		}
		if n := (news{w.take(found), silent}); len(n.found) > 0 || !slices.Equal(silent, w.silent) {
			w.silent = silent
			select {
			case out <- n:
			case <-ctx.Done():
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// watching is what is known of other nodes' records.
type watching struct {
	after  map[string]time.Time // by node: of the newest record that was seen, by its own clock
	shown  []string             // the last ids, for a node tells of that moment once more
	silent []string
	began  time.Time
}

// mostShown is how many ids are known: more than one moment has.
const mostShown = 4 * record.MaxLimit

// take answers what is new of some records, oldest first. What nodes had when the stream began
// is not: who follows asks for what comes.
func (w *watching) take(found []record.Told) (fresh []record.Told) {
	slices.SortStableFunc(found, func(a, b record.Told) int { return a.Time.Compare(b.Time) })
	for _, one := range found {
		var whose struct{ ID, Node string }
		if json.Unmarshal(one.Text, &whose) != nil || slices.Contains(w.shown, whose.ID) {
			continue
		}
		if one.Time.After(w.after[whose.Node]) {
			w.after[whose.Node] = one.Time
		}
		if w.shown = append(w.shown, whose.ID); len(w.shown) > mostShown {
			w.shown = w.shown[len(w.shown)-mostShown:]
		}
		if one.Time.After(w.began) {
			fresh = append(fresh, one)
		}
	}
	return fresh
}

// append appends the events of news to b.
func (n *news) append(b []byte, before []string) []byte {
	for _, one := range n.found {
		b = append(b, "event: trace\ndata: "...)
		b = append(append(b, one.Text...), "\n\n"...)
	}
	if !slices.Equal(n.silent, before) {
		names, _ := json.Marshal(append([]string{}, n.silent...)) // texts can be written
		b = fmt.Appendf(b, "event: silent\ndata: {\"nodes\":%s}\n\n", names)
	}
	return b
}
