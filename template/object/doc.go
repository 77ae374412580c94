// Package object is what templates have in S3: archives of code and OpenAPI documents,
// named by bucket and key.
//
// It promises that what it takes can be part of a URL and of nothing else: a key is never
// the way to a file. It refuses buckets whose names no bucket may have.
package object
