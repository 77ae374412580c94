// Package machine tells what this process is given: memory and open files.
//
// It promises to say so when it does not know, which is the case wherever it
// cannot look, and never to give more than there is.
package machine
