// Package archive is the form in which the documents of a store are kept in one file.
//
// A file is its first line, a head, the documents with their revisions, and an end
// that counts them and has the SHA-256 of everything before it. Numbers are
// big-endian. It promises that a file that was cut, in which anything has changed, or
// that is something else is an error, and that memory is bounded by what is really in
// the file. What it hands on may belong to such a file until Read has returned.
package archive
