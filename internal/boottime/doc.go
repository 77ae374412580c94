// Package boottime reads a clock that nobody sets and that goes on while the machine sleeps
// or the process is stopped.
//
// It refuses what no process can know: a virtual machine that is paused may have its clocks
// stand still with it.
package boottime
