// Package look tells two states of a function's files apart, so that the next
// invocation after a change runs what was saved.
//
// It is exact: what was written before somebody looks is seen. Few files are looked at
// each time. Many are watched, and looked at again when something has changed among
// them; where a system cannot watch them, a look is good for so many times what it took
// that a twentieth of the time is spent looking at most.
package look
