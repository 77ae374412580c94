// Package plain words the errors in a log for who runs the gateway, who does not know
// the packages and types that libraries begin theirs with. It refuses to change
// anything else of a line.
package plain
