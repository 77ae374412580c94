// Package bounds divides what all clients together may take of a process: memory for
// bodies and for renderings, and open files.
//
// It promises that whoever connects or sends most does not decide who else is served: a
// part of both stays for the management listener, for backends and for files. It
// refuses to guess where the machine tells.
package bounds
