// Package blame says what an error of a document is about, so that an author reads all of
// them at once, each at the member that is to be mended: which member of a noun the words
// of a rule mean, which members cannot be read, and which errors may only follow from
// others.
//
// It knows the words of the rules and the names of members, and no noun.
package blame
