// Package output reads what the processes of functions print, by lines.
//
// It promises that lines come in their order, each at most as long as an entry of a log
// may be, and that what was printed before a moment can be waited for, so that it stands
// before the line that ends an invocation.
package output
