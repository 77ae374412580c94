// Package http1 serves HTTP/1.1 to clients: a server for http.Handlers that costs
// less per request than the one of net/http, and refuses more.
//
// One goroutine serves a connection from its first byte to its last. A connection
// that waits for its next request holds no buffer; one whose handler runs is
// watched for its client leaving only when somebody has asked for the end of the
// request's context. Time limits are kept by one clock for all connections, not
// by timers for each.
//
// It promises handlers what net/http promises them: *http.Request and
// http.ResponseWriter with http.Flusher, http.Hijacker, deadlines and full duplex
// through http.ResponseController, http.TrailerPrefix, http.ErrAbortHandler, a
// context that ends with the request or its client. Requests may be kept after
// the handler has returned; what they are made of is used again only where the
// handler has said, by LetGo, that nobody keeps any of it. Beyond that, the context
// tells peer.Policy the header as the client wrote it, and WriteLines sends the
// lines of an answer in their order.
//
// It refuses what two servers could read differently (RFC 9112 sections 5, 6 and
// 11.2): Transfer-Encoding beside Content-Length, either of them twice, codings
// other than chunked, folded lines, lines without CR, space before a colon, a
// second Host or none, a request target that names another host.
//
// A listener may give it connections of crypto/tls (*tls.Conn). It makes their
// handshakes, within the time for a head, and serves those that agree on HTTP/1.1 or on
// nothing. It speaks no HTTP/2: such connections go to Server.Streams, with what was read
// of them.
package http1
