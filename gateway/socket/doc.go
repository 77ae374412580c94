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
// bounded by an outbox; an idle socket on Linux has neither a goroutine nor a buffer: it
// is parked at a poller, which gives it a goroutine when its client speaks. One that
// speaks TLS, and every socket on other systems, has a goroutine for all of its life. A
// frame that has begun must end within [Limits.FrameTimeout], so that neither goroutine
// nor buffer is held for ever by a client that sends a byte now and then.
//
// It refuses: HTTP/2 upgrades, binary messages from clients (1003), frames and
// messages over the limits (1009), text that is not UTF-8 (1007), everything
// that RFC 6455 forbids (1002).
//
// The contract says nothing of goroutines: who reads a socket, and whether anybody does
// at the moment, is nobody else's concern.
package socket
