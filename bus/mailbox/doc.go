// Package mailbox is what stands at the ends of every bus: what waits for a subscriber, and
// who answers requests.
//
// It promises the bounds of package bus: a queue that drops its oldest, so many answers at a
// time, a panic that costs nobody else anything, and a stop that waits. It knows nothing of
// how messages travel.
package mailbox
