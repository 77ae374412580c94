// Package grammar is the one grammar of HTTP/1.1 messages (RFC 9110 section 5, RFC
// 9112) for both ends: the server that clients speak to and the client of backends.
// It cuts heads and bodies into lines, reads header fields, decides how a body ends
// and whether its connection goes on, and finds the way through chunks and trailers,
// so that neither end takes for a message what the other would not.
//
// It refuses what two readers could read differently, each with its Fault, and what
// is lenient elsewhere: signs, spaces, other digits, folded lines, space before a
// colon. Only where replies are written by old programs it can be asked for more
// patience: HeadEnd for lines that end with LF alone, Framing for a length that is
// said twice. It reads bytes that it is handed, never panics and keeps nothing.
package grammar
