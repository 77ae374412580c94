//go:build !linux

package collector

// releaseProgram does nothing where it is not known how much of a program is resident.
func releaseProgram() {}
