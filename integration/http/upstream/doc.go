// Package upstream is an HTTP/1.1 client made for forwarding: connections are
// pooled, an exchange runs on the goroutine that asked for it, and a reply costs
// a handful of allocations.
//
// It promises to read replies strictly: whatever it takes for a reply, net/http
// takes for the same one. A reply is refused when it has both a length and
// chunks, lengths that differ, folded lines, space before a colon, control
// characters, odd chunk sizes, or too much of anything. A connection whose reply
// left any doubt is not used again.
//
// An idle connection that the backend has closed costs nothing: requests that
// may be repeated are sent again on a fresh one, others are only sent on a
// connection that was seen alive.
//
// It refuses what forwarding does not need: upgrades, HTTP/2, proxies,
// Expect: 100-continue, decompression, redirects.
package upstream
