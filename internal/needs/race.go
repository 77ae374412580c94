//go:build race

package needs

// Race says that the race detector is on, which allocates on its own.
const Race = true
