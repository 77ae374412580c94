// Package uripath knows how differently the path of one request can be read. A
// gateway chooses by the path who may ask for what, and a backend chooses by it
// again what to answer: where the two read it differently, the choice of the
// gateway guards nothing.
//
// Dotted finds the segments that a backend resolves and a gateway does not, in
// every spelling. Readings lists what else a path may mean to a backend. Event
// reads a path as AWS does for the events of functions.
//
// Its functions are pure, take time in proportion to the path and never fail on
// what a client sends.
package uripath
