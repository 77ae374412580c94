// Package access verifies the signatures of calls of the management API, and judges
// them by the policy of their key. It refuses nothing by itself that another key may:
// whoever is let in is let in by AWS's rules for signatures.
package access
