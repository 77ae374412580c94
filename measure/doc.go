// Package measure keeps what the gateway served in the last hour, minute by minute, for
// each API, stage and route: counts, errors, throttled, and how long it took.
//
// It promises that counting is a few additions under a lock of the series' own, that a
// series costs memory for the minutes alone in which something happened, and that their
// number is bounded: what is beyond MostSeries is counted in one series whose API and
// stage are "other", so that sums stay true.
//
// It refuses to know what counted it and who reads: the gateway and the management API,
// which know nothing of each other, share it. Percentiles are read from buckets whose
// bounds are a factor of √2 apart, so they are at most that much too high.
package measure
