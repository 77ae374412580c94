// Package apikey lets handshakes of WebSocket APIs in by their API keys: it keeps
// the keys and usage plans of the store at hand, and what was counted of their
// quotas in the store.
//
// It promises that no handshake waits for the store, that counts are written at
// most a second after they were made, and that they are there again after a
// restart; a process that is killed forgets what it counted since the last
// writing. Nodes that share a store add their counts up there.
//
// It refuses keys that are unknown, disabled or belong to no plan of the stage.
// Over a store that is read-only, counts are in memory alone.
package apikey
