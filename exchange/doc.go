// Package exchange is what one request or message carries through the rooms of a
// gateway: its sender, its content and its outcome. The variable $context is a
// view of it, for templates, mappings and log lines alike.
//
// An exchange belongs to one goroutine at a time and is never shared.
package exchange
