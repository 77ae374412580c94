// Package health is what is told of how APIs are doing: what of a configuration is broken,
// and what the exchanges of the last minute were. The planes that serve know it, and the
// management plane shows it; neither knows the other.
package health
