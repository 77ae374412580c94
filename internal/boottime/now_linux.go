package boottime

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now is the time since the machine was started, the time that it slept included.
func Now() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic(err) // every Linux that Go runs on has it
	}
	return time.Duration(t.Nano())
}
