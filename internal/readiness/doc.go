// Package readiness tells whether a process should be given work, and what troubles it.
//
// It promises that troubles of single stages leave it ready: a load balancer that took
// a gateway away for a broken stage would take every gateway away. It refuses to tell
// more than some lines of each source.
package readiness
