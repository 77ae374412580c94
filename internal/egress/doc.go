// Package egress says which addresses may be dialled.
//
// It judges at the last moment, when a name was resolved and the socket is about to
// connect, so that it makes no difference how an address was written, which name
// meant it, what that name meant a moment ago, or who redirected to it. IPv6
// addresses that stand for IPv4 ones are judged as both; an unspecified address
// reaches loopback and is judged as that.
package egress
