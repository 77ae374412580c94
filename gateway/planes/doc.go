// Package planes opens the two data planes with what they share: backends, bounds, who
// is told of exchanges, and the connections of this node among those of all.
//
// It promises that a client's close frame does not outlast the drain. It refuses to
// serve anything: routing hands requests to the planes.
package planes
