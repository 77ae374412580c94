// Package resource holds the nouns of the management API, one file each, with the
// JSON names that the API gives their members, and the rules that hold within one
// of them. It does no I/O and knows neither store, plan nor wire.
//
// Exported members carry the names that every AWS SDK gives them (ApiId, not
// APIID), so that a reader can move between this code and an SDK's documentation.
//
// A member that is a pointer may be absent, and absent differs from zero. A PATCH
// decodes its body onto the stored noun: members that the body leaves out keep their
// stored value.
package resource
