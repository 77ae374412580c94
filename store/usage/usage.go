package usage

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// DayForm is how days are written, in UTC.
const DayForm = time.DateOnly

// Kept is for how many days counts are kept: a year can be looked at whole.
const Kept = 400

// Of is where a store keeps counts. Which of both ways that is shows in what it costs alone:
// one suite of storetest holds them to the same.
func Of(s store.Store) store.Counter {
	if c, ok := s.(store.Counter); ok {
		return c
	}
	return documents{s}
}

// Copy adds the counts of one store to another, where none should be, and answers how
// many keys were copied. It adds, so it must not be repeated after an error that leaves open
// whether anything was added.
func Copy(ctx context.Context, from, to store.Store) (keys int, err error) {
	days, err := Of(from).Days(ctx, "", "", "0001-01-01", "9999-12-31")
	if err != nil {
		return 0, err
	}
	added := make([]store.Added, len(days))
	for i, d := range days {
		added[i] = store.Added{Plan: d.Plan, Key: d.Key, Day: d.Day, Since: d.Day, N: d.Used}
		if i == 0 || d.Plan != days[i-1].Plan || d.Key != days[i-1].Key {
			keys++
		}
	}
	// One call for all: a copy that broke off in the middle could not be taken up again.
	_, err = Of(to).Count(ctx, added)
	return keys, err
}
