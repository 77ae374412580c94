// Package state opens what a gateway serves: a directory, memory, or a configuration
// file that is served read-only and watched.
//
// It promises that a file is taken over whole or not at all, and that an error names
// the flag and what mends it. It refuses a state that is damaged, unless its loss is
// accepted.
package state
