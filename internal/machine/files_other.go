//go:build !unix

package machine

// OpenFiles is how many descriptors the process may have, 0 when that is not known.
func OpenFiles() int { return 0 }

// OpenNow is how many descriptors the process has, 0 when that is not known.
func OpenNow() int { return 0 }
