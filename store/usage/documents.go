package usage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// documents keeps counts as documents of a store, one for each key of a plan.
type documents struct{ store.Store }

// count is what is kept of a key.
type count struct {
	Days map[string]int64 `json:"days,omitempty"`

	// What versions before kept: one number for a period, counted from its first day.
	Start time.Time `json:"start,omitzero"`
	Used  int64     `json:"used,omitempty"`
}

// read reads a count, and makes of what versions before have kept what is kept now: the
// number of their period stands on its first day, so that it counts in the period as long
// as that lasts, and in none after it.
func read(doc store.Document) (*count, error) {
	c := new(count)
	if err := json.Unmarshal(doc.Body, c); err != nil {
		return nil, fmt.Errorf("%s: %w", doc.Key, err)
	}
	if c.Days == nil {
		c.Days = map[string]int64{}
	}
	if c.Used > 0 && !c.Start.IsZero() {
		c.Days[c.Start.UTC().Format(DayForm)] += c.Used
	}
	c.Start, c.Used = time.Time{}, 0
	return c, nil
}

// total is what a key has used since a day. Days are compared as texts: their form sorts
// as they follow each other.
func (c *count) total(plan, key, since string) store.Total {
	t := store.Total{Plan: plan, Key: key}
	for day, n := range c.Days {
		if t.First == "" || day < t.First {
			t.First = day
		}
		t.Last = max(t.Last, day)
		if day >= since {
			t.Used += n
		}
	}
	return t
}

// Count implements store.Counter. All is one transaction, so that processes that share the
// store add up. It costs a revision, of which followers hear: a store of several processes
// had better be a Counter itself.
func (d documents) Count(ctx context.Context, added []store.Added) (totals []store.Total, err error) {
	_, err = d.Update(ctx, func(tx store.Tx) error {
		totals = totals[:0]
		for _, a := range added {
			at, c := catalog.UsageCount(a.Plan, a.Key), &count{Days: map[string]int64{}}
			doc, err := tx.Get(ctx, at)
			if err == nil {
				c, err = read(doc)
			} else if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			if err != nil {
				return err
			}
			// Two additions for a key in one call are both counted: the second reads what the first wrote.
			c.Days[a.Day] += a.N
			body, err := json.Marshal(c)
			if err != nil {
				return err
			}
			if err := tx.Put(ctx, at, body); err != nil {
				return err
			}
			totals = append(totals, c.total(a.Plan, a.Key, a.Since))
		}
		return nil
	})
	return totals, err
}

// all reads the counts of a plan, or of all plans. One that cannot be read is left out, and
// in the error.
func all(ctx context.Context, r store.Reader, plan string, each func(plan, key string, c *count)) error {
	list, below := r.List, catalog.UsageCounts()
	if plan != "" {
		list, below = r.Children, catalog.UsageCountsOf(plan)
	}
	docs, err := list(ctx, below, 0, 0)
	if err != nil {
		return err
	}
	var faults error
	for _, doc := range docs {
		path := store.Split(doc.Key)
		if len(path) != 3 {
			continue
		}
		c, err := read(doc)
		if err != nil {
			faults = errors.Join(faults, err)
			continue
		}
		each(path[1], path[2], c)
	}
	return faults
}

// Totals implements store.Counter. A key that was named and never counted on any day has no
// total, as it has no row in a table.
func (d documents) Totals(ctx context.Context, plan, since string) (totals []store.Total, err error) {
	err = d.View(ctx, func(r store.Reader) error {
		return all(ctx, r, plan, func(plan, key string, c *count) {
			if len(c.Days) > 0 {
				totals = append(totals, c.total(plan, key, since))
			}
		})
	})
	return totals, err
}

// Days implements store.Counter. Documents come in the order in which keys were first used,
// so they are sorted by plan and key; days of one key are in order already.
func (d documents) Days(ctx context.Context, plan, key, from, until string) (days []store.Day, err error) {
	err = d.View(ctx, func(r store.Reader) error {
		return all(ctx, r, plan, func(plan, of string, c *count) {
			if key != "" && key != of {
				return
			}
			for _, day := range slices.Sorted(maps.Keys(c.Days)) {
				if from <= day && day <= until {
					days = append(days, store.Day{Plan: plan, Key: of, Day: day, Used: c.Days[day]})
				}
			}
		})
	})
	slices.SortStableFunc(days, func(a, b store.Day) int { return cmp.Or(cmp.Compare(a.Plan, b.Plan), cmp.Compare(a.Key, b.Key)) })
	return days, err
}

// Forget implements store.Counter. A document whose name has another form is removed too:
// nothing else is kept there, and it would be in the way of every list.
func (d documents) Forget(ctx context.Context, before string, kept func(plan, key string) bool) error {
	_, err := d.Update(ctx, func(tx store.Tx) error {
		docs, err := tx.List(ctx, catalog.UsageCounts(), 0, 0)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			path := store.Split(doc.Key)
			if len(path) != 3 || !kept(path[1], path[2]) {
				// What a key that is gone has used means nothing to anybody: ids are never given again.
				if err := tx.Delete(ctx, doc.Key); err != nil {
					return err
				}
				continue
			}
			// Old days go and the document stays: what the key uses today is in it too.
			if err := trim(ctx, tx, doc, before); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, store.ErrReadOnly) {
		return nil // nothing is counted there
	}
	return err
}

// trim takes what is older than a day off a document. One that cannot be read stays for
// somebody to look at.
func trim(ctx context.Context, tx store.Tx, doc store.Document, before string) error {
	c, err := read(doc)
	if err != nil {
		return nil
	}
	had := len(c.Days)
	maps.DeleteFunc(c.Days, func(day string, _ int64) bool { return day < before })
	if len(c.Days) == had {
		return nil
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.Put(ctx, doc.Key, body)
}
