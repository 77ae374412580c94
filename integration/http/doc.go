// Package http is the backend of HTTP and HTTP_PROXY integrations, public and
// private: buffered for WebSocket APIs (Invoke), streamed for HTTP APIs
// (Forward).
//
// It promises that a reply is relayed as it was sent, but for what concerns one
// connection alone; that a backend which stalls, breaks off, floods or answers
// garbage costs its own request and nothing else; that every wait has a bound;
// and that a closed Client leaves no goroutine.
//
// It refuses to follow redirects, to compress or decompress, to keep cookies,
// and to read a proxy from the environment unless it is told to. What the
// request consists of is the caller's affair; Prepare does what every HTTP API
// request needs.
package http
