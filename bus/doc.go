// Package bus is how the nodes of a fleet talk: announcements that anybody may
// hear, and requests to one node.
//
// The bus only hints. An announcement arrives once or never; whoever must not miss
// what it tells of finds it in the store too, and looks there now and then unasked.
// A request is answered once or fails; it is never repeated by the bus.
//
// The room holds the contract; local keeps it within one process, and bustest
// proves that an implementation keeps it.
package bus
