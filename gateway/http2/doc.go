// Package http2 serves HTTP/2 (RFC 9113) to clients: a server for http.Handlers that costs
// less per request than the one of net/http. Frames are read, and header blocks decoded, by
// golang.org/x/net/http2 and its hpack; streams, flow control and limits are this room's.
//
// One goroutine reads a connection. Requests are handed to workers, whose stacks have grown
// already. Whoever has something to send adds it to what the connection sends next; one of
// them writes, and takes along what the others have added meanwhile: answers that end
// together are one record of TLS and one call of the system. Header blocks of answers use
// static names and literals alone, so that each is made by its own worker, in any order.
//
// It promises handlers what the room of HTTP/1.1 promises them, but for taking the
// connection: full duplex, flushing, deadlines through http.ResponseController, trailers,
// http.ErrAbortHandler, a context that ends with its stream, lines of headers in their order,
// and LetGo for what a request is made of.
//
// Every input has a bound: header blocks by what they take and what they become, streams by
// number, bodies by windows, what waits to be sent by what a client takes, and what all clients
// together have held beside a short request for each connection by Server.Bodies. Frames that cost a
// client nothing (PING, SETTINGS, RST_STREAM, PRIORITY, empty ones) are counted, requests and
// their bytes give the count back, and whoever has used it up is sent away with
// ENHANCE_YOUR_CALM (CVE-2019-9512 to 9518, CVE-2023-44487, CVE-2024-27316). A clock of the
// server ends what is idle, slow or stuck.
//
// It refuses server push, CONNECT for other protocols (RFC 8441) and upgrades from HTTP/1.1.
package http2
