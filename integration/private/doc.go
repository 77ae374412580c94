// Package private finds the targets behind VPC links: what a listener or a
// Cloud Map service is on AWS, a list of addresses is here.
//
// A target is chosen by least connections among those that are alive. Alive is
// what the last checks say (a TCP connection, or a 2xx or 3xx to a GET), and a
// target that fails calls in a row is passed over for a while without waiting
// for a check. When all that are alive are passed over, they are used after all.
//
// It promises one owned goroutine with a bounded number of checks at once, and
// choosing without waiting. It refuses to look names up or to speak TLS: both
// are done by who connects.
package private
