// Package access verifies the signatures of calls of the management API, and judges
// them by the policy of their key. It refuses nothing by itself that another key may:
// whoever is let in is let in by AWS's rules for signatures.
//
// Temporary keys of browsers are derived and not kept, so that any process with their
// owner's key takes them; the codes that buy them are noted once they are spent, in the store
// where processes share one, which is all that this room writes.
package access
