// Package last keeps the configuration that a node has of a store which it does not own, in a
// file of its data directory, so that a node can start while the store is away.
//
// It promises that the file is there whole or not at all, that one which was changed is
// refused, and that only its owner can read it: it holds what the store holds, the key by
// which nodes know each other among it. It refuses to say whether it is the newest.
package last
