// Package listen serves the sockets of a gateway: which server speaks what on them,
// within which bounds, and how they are left.
//
// It promises that HTTP/2 is spoken on every one of the data plane, that a handler that panics is
// answered for, and that Shutdown ends within its context. It refuses to know what is
// served.
package listen
