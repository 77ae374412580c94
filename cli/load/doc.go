// Package load asks a server at a rate that the server does not set, and tells how long the
// answers took.
//
// It promises an open loop: each request has its time by the clock, and its latency counts from
// that time, so that a server which stops for a moment is not asked less for it and cannot look
// fast (Gil Tene's "coordinated omission"). What is kept of latencies has a bound, and whatever
// waits has an end. It refuses to judge: a figure is what was measured, beside how many failed.
package load
