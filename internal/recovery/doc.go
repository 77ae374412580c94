// Package recovery answers for handlers that panic, where net/http would drop the
// client and say so to nobody. It promises that a panic fails one request and is
// reported with its stack; it refuses to answer once something of an answer was sent.
package recovery
