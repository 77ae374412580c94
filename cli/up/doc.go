// Package up is a session of `dragoman up`: it reads a template, serves what that says
// with its functions as local processes, and goes on with whatever is saved.
//
// It promises that a template which cannot be read changes nothing, that what a save
// leaves as it was is not touched, connections above all, and that whatever else is on
// the same server stays. What it prints waits for no reader: who is slow misses lines
// of requests and logs, and is told so.
//
// It refuses to run anything when it is only asked to check.
package up
