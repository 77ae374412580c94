//go:build !linux

package boottime

import "time"

var start = time.Now()

// Now is the time since the process was started. Where the system's monotonic clock stands
// still while the machine sleeps, this one does too.
func Now() time.Duration { return time.Since(start) }
