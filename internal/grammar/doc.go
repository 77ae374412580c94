// Package grammar knows the small words of HTTP/1.1 messages (RFC 9110 section 5,
// RFC 9112): which bytes may stand where, and how lengths are written. Both ends
// read with it, the front that clients speak to and the client of backends, so
// that neither takes for a message what the other would not.
//
// It refuses what is lenient elsewhere: signs, spaces, other digits. It never
// panics and keeps nothing.
package grammar
