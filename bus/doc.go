// Package bus is how the nodes of a fleet talk: announcements that anybody may
// hear, and requests to one node.
//
// The bus only hints. An announcement may be lost, or two become one; whoever
// hears of a revision reads the store, and looks there now and then unasked. A
// request is answered once or fails; it is never repeated by the bus.
//
// The room holds the contract; local keeps it within one process, and bustest
// proves that an implementation keeps it.
package bus
