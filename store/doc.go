// Package store is the contract of everything that remembers the configuration:
// documents under slash-separated keys, written in transactions, and one
// compacted feed that tells what changed.
//
// # Promises
//
//   - An Update is all or nothing and has happened for good, also through a power
//     cut, when it answers without an error. One that fails or panics leaves nothing.
//   - A View shows one moment: no write that is not yet durable, no half of an
//     Update, and nothing that is committed after the View began.
//   - Every written document gets a revision of its own. Revisions only rise, in
//     the order in which writes become visible: who sees one sees all below it.
//     There may be gaps.
//   - Updates happen one after the other, in the order in which they were asked
//     for. None is run twice, and none makes another fail.
//   - Every wait ends with its context, and the queue of waiting writers is bounded.
//
// # Refusals
//
// The store does not know what is in a document, has no index but its keys, and
// tells nobody about changes: who wants to know reads the feed.
//
// # Use
//
// Documents that are listed often should be small. What is large and seldom read,
// such as the frozen configuration of a deployment, is best kept under a prefix of
// its own, because List and Children read the whole of every document they answer.
//
// The suite that every implementation runs is in storetest.
package store
