// Package family is what the operations of all kinds of resources have in common:
// reading, merging, judging and writing nouns of the management API.
//
// A kind is one literal, an Of: where its nouns are kept and what they belong to, by
// what siblings tell each other apart, AWS's quota, and functions for the rules that
// it does not share. Rows makes the handlers of its operations.
//
// Every write goes the same way: decode the body onto the noun (a new one, or the
// stored one for a PATCH), fill in what AWS fills in, hold it to its rules and to
// what else is stored, put it. All of this happens inside one transaction,
// so a refused call changes nothing.
//
// It promises: calls that change what is served answer once every node serves it,
// or after AnnounceWait; lists are stable while others write; what a write costs does
// not grow with the number of siblings.
package family
