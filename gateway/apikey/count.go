package apikey

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// count is what is kept of a key in a plan.
type count struct {
	Start time.Time `json:"start"` // of the period
	Used  int64     `json:"used"`
}

// Save writes what was counted since the last call, and takes over what other
// nodes counted of the same keys. Call it from one goroutine.
func (k *Keys) Save(ctx context.Context) error {
	var totals []throttle.Count
	err := k.plans.Flush(func(counts []throttle.Count) error {
		_, err := k.config.Store.Update(ctx, func(tx store.Tx) error {
			totals = totals[:0]
			for _, c := range counts {
				if !k.known(c.Plan, c.Key) {
					continue // the plan was deleted, and its counts with it
				}
				total, err := add(ctx, tx, c)
				if err != nil {
					return err
				}
				totals = append(totals, total)
			}
			return nil
		})
		return err
	})
	if err == nil {
		k.plans.Restore(totals)
	}
	return err
}

// add puts what one node counted to what is stored, and answers the sum.
// Documented: API Gateway Developer Guide, Usage plans and API keys for REST APIs: a
// quota is for a day, a week or a month, so that counts of another period are not
// added.
func add(ctx context.Context, tx store.Tx, c throttle.Count) (throttle.Count, error) {
	at := catalog.UsageCount(c.Plan, c.Key)
	doc, err := tx.Get(ctx, at)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return c, err
	}
	if err == nil {
		var stored count
		if err := json.Unmarshal(doc.Body, &stored); err != nil {
			return c, fmt.Errorf("%s: %w", at, err)
		}
		switch {
		case stored.Start.Equal(c.Start):
			c.Used = stored.Used + c.Added
		case stored.Start.After(c.Start): // the period is over, and another node knows
			return c, nil
		}
	}
	body, err := json.Marshal(count{c.Start.UTC(), c.Used})
	if err != nil {
		return c, err
	}
	return c, tx.Put(ctx, at, body)
}

// counts reads what is stored.
func counts(ctx context.Context, r store.Reader) (list []throttle.Count, faults []*catalog.Unreadable, err error) {
	docs, err := r.List(ctx, catalog.UsageCounts(), 0, 0)
	if err != nil {
		return nil, nil, err
	}
	for _, doc := range docs {
		path := store.Split(doc.Key)
		var stored count
		if err := json.Unmarshal(doc.Body, &stored); err != nil || len(path) != 3 {
			faults = append(faults, &catalog.Unreadable{Key: doc.Key, Err: cmp.Or(err, errKey)})
			continue
		}
		list = append(list, throttle.Count{Plan: path[1], Key: path[2], Start: stored.Start, Used: stored.Used})
	}
	return list, faults, nil
}

var errKey = errors.New("its key has another form")

// Sweep removes the counts of plans and keys that are gone.
func (k *Keys) Sweep(ctx context.Context) error {
	_, err := k.config.Store.Update(ctx, func(tx store.Tx) error {
		kept, _, err := counts(ctx, tx)
		for _, c := range kept {
			if err == nil && !k.known(c.Plan, c.Key) {
				err = tx.Delete(ctx, catalog.UsageCount(c.Plan, c.Key))
			}
		}
		return err
	})
	if errors.Is(err, store.ErrReadOnly) {
		return nil
	}
	return err
}

func (k *Keys) known(plan, key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.owner[[2]string{plan, key}]
}
