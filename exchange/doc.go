// Package exchange is what one request or message carries through
// the rooms of a gateway: who sent it, what it is, what became of it. The
// variable $context is a view of it, for templates, mappings and log lines alike.
//
// An exchange belongs to one goroutine at a time and is never shared.
package exchange
