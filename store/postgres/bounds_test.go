package postgres

import (
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/store/postgres/conninfo"
)

// Whoever waits when the database goes is told so within two seconds, whatever he waits for. The
// clock of a busy machine cannot show that: the bounds that follow each other are added up.
func TestAnAnswerWithinTwoSeconds(t *testing.T) {
	for what, bounds := range map[string][]time.Duration{
		"a read behind others that wait in vain":           {readTime, leastTime},
		"a look at leases":                                 {leaseTime},
		"a write that begins":                              {readTime},
		"a write that waits for another node":              {heartbeat, commitTime},
		"a write that runs, and asks for what it needs":    {readTime},
		"a write that runs, as long as the database hears": {heartbeat, commitTime},
		"a write that ends without one":                    {heartbeat, commitTime},
		"a commit":                                         {heartbeat, commitTime, settleTime},
		"a connection":                                     {conninfo.DialTime},
	} {
		sum := time.Duration(0)
		for _, one := range bounds {
			sum += one
		}
		if sum > awayTime-100*time.Millisecond {
			t.Errorf("%s: %v together, want less than %v", what, sum, awayTime)
		}
	}
	if awayTime != 2*time.Second {
		t.Errorf("the documents promise two seconds, and not %v", awayTime)
	}
}
