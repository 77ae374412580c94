// Package integration is the contract between a gateway and what it calls: a
// Request goes in, a Reply comes out, and an error says what sort of failure it
// was. Each folder below it speaks to one kind of backend; they never know each
// other, so that a new backend disturbs none of the old.
//
// There are two forms. An Invoker takes a whole request and gives a whole reply:
// WebSocket messages, functions and AWS services are called so. A Forwarder
// streams both bodies, for HTTP APIs.
//
// Every call is bounded in time and size. An error that comes back satisfies
// errors.Is for exactly one of the classes of package message and carries its
// cause, which is for the log and never for a client.
package integration
