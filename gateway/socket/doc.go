// Package socket speaks WebSocket (RFC 6455) to the clients of a gateway, with
// the limits and close codes of Amazon API Gateway.
//
// An upgrade has two steps, because the $connect integration runs while the
// client waits: [Upgrader.Check] judges the request, [Upgrader.Accept] answers
// it with 101. A [Socket] then hands every text message to its [Handler] and
// writes what it is given.
//
// It promises: messages arrive one after the other and whole, and the next is
// not read before the handler returned; Closed is called exactly once and last;
// writing never waits for the client, is safe from many goroutines, and is
// bounded by an outbox; an idle socket costs one goroutine and under 1 KB besides
// what the kernel and the runtime keep.
//
// It refuses: HTTP/2 upgrades, binary messages from clients (1003), frames and
// messages over the limits (1009), text that is not UTF-8 (1007), everything
// that RFC 6455 forbids (1002).
//
// The contract says nothing of goroutines, so that a poller can stand behind it.
package socket
