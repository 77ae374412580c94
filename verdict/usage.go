package verdict

import "time"

// Used is what a key has used of the quota of a plan.
type Used struct {
	Used        int64
	From, Until time.Time // the period; zero without a quota
}
