// Package image keeps the whole of a store in memory: an immutable ordered Image
// that any number of readers share without a lock, and an Edit that makes the next
// one, copying only what it changes.
//
// It promises that an Image never changes, that an Edit that is dropped has cost
// nothing but memory, and that a read costs the same in a store of ten documents
// and of a million, give or take a cache miss. It knows no disk and no queue: the
// stores put it to use.
package image
