// Package laws states which room may not reach which, each law with its reason.
// A law that is broken fails here before it costs anybody an afternoon.
package laws
