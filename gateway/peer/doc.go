// Package peer knows who is at the other end: which address a request came from,
// through which proxies, by which scheme and port, and whether what it says of
// itself can be believed without proof. It keeps the header as the client wrote it,
// and says what everybody behind the gateway is told of it.
//
// Both planes and the management listener ask it, and nobody else reads
// http.Request.RemoteAddr or X-Forwarded-* for such purposes. What it says is made
// of the connection, and of the words of proxies that the operator has named
// (Trust): of everybody else's words it takes none.
//
// It promises to fail closed. An address list that cannot be read, a proxy that
// says nothing, a Host that is no clear name: each leaves the peer of the
// connection, or no belief. Heads of the PROXY protocol are bounded in size and
// time, and read by nobody but those who must send them.
package peer
