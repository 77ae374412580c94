// Package deployed keeps what is served equal to what is stored: it follows the
// store's feed, loads the APIs that changed, compiles their stages and swaps them
// in whole. Requests read one atomic pointer and never wait for it.
//
// The bus and the caller of Announce only hint that there is something new; the
// store's revision is the truth, and a poll finds what a lost hint did not tell.
package deployed
