package store

import "context"

// Counter is a Store that keeps what is counted apart from its documents: counts change
// all the time, and nobody who follows the documents wants to hear of them. Days are
// YYYY-MM-DD, in UTC.
type Counter interface {
	// Count adds to counts, all or none, and answers what the keys that are named have used
	// since then, those that others have counted included. When it fails with the error of
	// ctx or of the network it may have added all the same.
	Count(ctx context.Context, added []Added) ([]Total, error)
	// Totals answers what the keys of a plan have used since a day. Keys that were never
	// used are left out.
	Totals(ctx context.Context, plan, since string) ([]Total, error)
	// Days answers what was counted from one day to another, both included, of one key, or
	// of all when key is "", of one plan, or of all when plan is "": by plan, key and day.
	Days(ctx context.Context, plan, key, from, until string) ([]Day, error)
	// Forget removes the counts of keys that are not kept, and those from before a day.
	Forget(ctx context.Context, before string, kept func(plan, key string) bool) error
}

// Added is what is added to the count of a key of a plan on a day.
type Added struct {
	Plan, Key string
	Day       string
	Since     string // the day from which Total counts
	N         int64
}

// Total is what a key of a plan has used.
type Total struct {
	Plan, Key   string
	First, Last string // days on which it was used at all
	Used        int64  // since the day that was asked for
}

// Day is what was counted of a key of a plan on one day.
type Day struct {
	Plan, Key, Day string
	Used           int64
}
