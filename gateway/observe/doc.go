// Package observe brings together who is told of exchanges: execution logs, metrics,
// access logs and traces, as subscribers of one hub.
//
// It promises the order in which they are told, and that all of them are closed with
// what they hold written. It refuses to know what is observed: gauges of other rooms
// are handed to it.
package observe
