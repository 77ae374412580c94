// Package backends opens what integrations and authorizers call: HTTP backends, public
// and behind links, functions of Lambda and of this machine, and AWS services.
//
// It promises one budget of memory and of open files for all of them, and that nothing
// is dialled in the ranges that are denied. It refuses to open half of them: an error
// leaves nothing open.
package backends
