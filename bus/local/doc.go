// Package local is the bus of a gateway that is one process, and of tests: it
// goes through memory, and loses nothing but what a slow subscriber leaves waiting.
package local
