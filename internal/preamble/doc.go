// Package preamble reads how connections begin before whoever accepts them sees them:
// what a proxy says of its client, or the byte that tells TLS from plain HTTP.
//
// It promises that a client which is slow with its beginning holds up nobody else and
// is waited for a bounded time, and that Close ends what is being read. It refuses to
// know what is read.
package preamble
