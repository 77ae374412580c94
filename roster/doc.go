// Package roster is who is connected to WebSocket APIs, as the management API shows it:
// the shape of one client, the newest of those that somebody asks for, and the shape of a node.
//
// It promises that what is kept of a crowd is bounded by what is asked for, however large
// the crowd is. It refuses to know where connections live: gateway/connection tells it, and
// management/own shows it, which may not import each other.
package roster
