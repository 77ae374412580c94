// Package relay is the client that a browser cannot be: it opens WebSockets and sends HTTP
// requests for somebody at the console, with headers that pages may not set and without
// CORS in the way.
//
// An address becomes a Host and a path on this gateway's own data listener, whatever host
// and port it names: nothing else is ever dialled, so that nobody reaches a machine through
// the gateway. The gateway sees the address of whoever asked, and lets a key that is
// limited to some APIs reach those alone. What must be signed is signed by who has the key:
// the relay holds no secret and adds no right.
//
// Any node of a fleet serves a session: the node that holds it, which its id tells, answers the
// others, who pass on what their callers ask and read (Find, Answer).
//
// It also carries the streams of our own operations over WebSockets, for pages: see Carry.
//
// It promises that all of it is bounded: clients in all and for each caller, the bytes of a
// message and of an answer, what waits to be read (a WebSocket whose stream is not read is
// read no further), and time. A client ends with whoever reads it: a stream that nobody
// reads for Grace ends its WebSocket.
package relay
