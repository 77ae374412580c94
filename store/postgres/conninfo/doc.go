// Package conninfo reads the connection strings of PostgreSQL as libpq does, which is what operators
// have written theirs for: URLs and words, services, files, and variables of the environment.
//
// The driver knows most members and would hand the others to the server, which refuses them. What
// they ask for is done here, or bounded for every connection anyway; what would be a protection that
// is silently missing is an error. No error has a password.
//
// A connection notices a peer that has gone: it is made within [DialTime], and given up some seconds
// after nothing is acknowledged any more.
package conninfo
