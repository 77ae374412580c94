package apikey

import (
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/usage"
)

// quotaOf is the quota of a plan; without one, use is counted by the day.
func quotaOf(p throttle.Plan) throttle.Quota {
	if p.Quota == nil {
		return throttle.Quota{Period: throttle.Day}
	}
	return *p.Quota
}

func day(at time.Time) string { return at.UTC().Format(usage.DayForm) }

// Save writes what was counted since the last call, and takes over what other
// nodes counted of the same keys. Call it from one goroutine.
func (k *Keys) Save(ctx context.Context) error {
	var totals []throttle.Count
	err := k.plans.Flush(func(counts []throttle.Count) error {
		var added []store.Added
		of := map[[2]string]throttle.Count{}
		for _, c := range counts {
			if !k.known(c.Plan, c.Key) {
				continue // the plan was deleted, and its counts with it
			}
			of[[2]string{c.Plan, c.Key}] = c
			added = append(added, store.Added{Plan: c.Plan, Key: c.Key, Day: day(c.Day(k.now())), Since: day(c.Start), N: c.Added})
		}
		if len(added) == 0 {
			return nil
		}
		sums, err := usage.Of(k.config.Store).Count(ctx, added)
		for _, t := range sums {
			c := of[[2]string{t.Plan, t.Key}]
			c.Used = t.Used + k.offset(t, c.Start)
			totals = append(totals, c)
		}
		return err
	})
	if err == nil {
		k.plans.Restore(totals)
	}
	return err
}

// offset is what is taken off the quota of a key in a period that began then. Documented:
// Amazon API Gateway API Reference, QuotaSettings: it is of the first period. That is the
// one before which the key was not used.
func (k *Keys) offset(t store.Total, start time.Time) int64 {
	if t.First < day(start) {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.quotas[t.Plan].Offset
}

// restore takes over what is stored of the keys of plans that were not served before, or
// had another period: of all others this node counts already, and hears of other nodes
// with what it saves. What cannot be read is told of, and counted anew.
func (k *Keys) restore(ctx context.Context, plans []throttle.Plan) error {
	var faults error
	for _, p := range plans {
		q := quotaOf(p)
		if !k.fresh(p, q) {
			continue
		}
		start := resource.PeriodStart(string(q.Period), k.now())
		totals, err := usage.Of(k.config.Store).Totals(ctx, p.ID, day(start))
		if err != nil {
			faults = errors.Join(faults, err)
		}
		var counts []throttle.Count
		for _, t := range totals {
			counts = append(counts, k.counted(t, q, start))
		}
		k.plans.Restore(counts)
		if err == nil {
			k.took(p, q)
		}
	}
	return faults
}

// counted is what is stored of a key as it is counted on: in this period, or in the one in
// which it was used last.
func (k *Keys) counted(t store.Total, q throttle.Quota, start time.Time) throttle.Count {
	c := throttle.Count{Plan: t.Plan, Key: t.Key, Start: start, Period: q.Period, Used: t.Used + k.offset(t, start)}
	if last, err := time.Parse(usage.DayForm, t.Last); err == nil && last.Before(start) {
		c.Start = resource.PeriodStart(string(q.Period), last)
	}
	return c
}

// fresh says whether a plan has keys of which this node knows no counts yet.
func (k *Keys) fresh(p throttle.Plan, q throttle.Quota) bool {
	for _, key := range p.Keys {
		if k.restored[[2]string{p.ID, key.ID}] != q.Period {
			return true
		}
	}
	return false
}

func (k *Keys) took(p throttle.Plan, q throttle.Quota) {
	for _, key := range p.Keys {
		k.restored[[2]string{p.ID, key.ID}] = q.Period
	}
}

// Sweep removes the counts of plans and keys that are gone, and those that are old.
func (k *Keys) Sweep(ctx context.Context) error {
	err := usage.Of(k.config.Store).Forget(ctx, day(k.now().AddDate(0, 0, -usage.Kept)), k.known)
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
