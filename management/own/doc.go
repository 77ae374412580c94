// Package own is the table of the operations that AWS does not have: the whole
// configuration as one document, OpenAPI documents with a report of what became of
// them, who is connected, and clients for browsers.
//
// They are spoken below /_dragoman/ on the management listener, behind the same checks as
// AWS's operations: signed, permitted, bounded, audited and refused as those are.
// Another one is another row.
package own
