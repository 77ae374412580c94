// Package inject has an exchange meet what the rules of mishaps have in store for it: it
// waits, records what was done to it, and words the refusal, for both planes alike.
//
// It promises that whatever was injected says so in the record and in the logs, so that
// nobody looks for the cause elsewhere. It refuses to serve anything.
package inject
