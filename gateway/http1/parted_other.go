//go:build unix && !linux

package http1

// parted is not known: a handler hears of a client that has left when it writes.
func parted(uintptr) bool { return false }
