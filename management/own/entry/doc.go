// Package entry is our own operations about who is let in: it tries authorizers, shows the
// last decisions with their reasons, what API keys have used of their quotas, and to which
// API a host and a path lead.
//
// It promises that no credential is in an answer: values of API keys, tokens and signatures
// are told by ids, places and reasons alone; and that what is said of an API is said to
// those whose key reaches it. It refuses to decide: it asks those who do.
package entry
