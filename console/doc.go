// Package console is the web console, served at /console/ on the management listener from
// files that the binary carries. It is a client of the management API and of our own
// operations below /_dragoman/ like any other, and knows no other way to the gateway.
//
// It promises that its files are the same for everybody and hold nothing of the
// configuration, that they ask no other host for anything, and that what came from outside
// is text on its pages, never markup: the policy sent with each page refuses whatever
// would be. It refuses to judge who may come; the listener does, and keys do.
//
// How a page is built stands in README.md.
package console
