// Package verdict is what is told of who is let in, and of where requests go: what an
// authorizer would decide of a sample, what others have decided, what API keys have used,
// and to which API a host and a path lead. The planes that serve know it, and the management
// plane shows it; neither knows the other.
package verdict
