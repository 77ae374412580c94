// Package deployed keeps what is served equal to what is stored: it follows the
// store's feed, loads the APIs that changed, compiles their stages and swaps them
// in whole. Requests read one atomic pointer and never wait for it.
//
// At the start the first APIs are compiled, up to a size that most gateways do not reach;
// the others rest with the documents that they are made of until somebody calls them.
//
// Announce tells the other nodes over the bus that there is something new. That is
// a hint: the store's revision is the truth, and a poll finds what a lost hint did
// not tell.
package deployed
