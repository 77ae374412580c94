// Package mask hides secrets in texts and records: values of headers and members that are
// secret by their names, what identifies callers, and whatever names somebody adds.
//
// What is hidden is the value, not the place. A secret of six characters or more is looked
// for in the whole text: as it is, escaped in the manners of URLs, forms, JSON and HTML,
// one within the other, in base64 at any offset, and where a text was cut within it. In
// its place stands a mark,
//
//	‹23:a1b2›
//
// its length in characters, and four characters of an HMAC under a key that the process has
// drawn: one secret has one mark wherever it stands, so that two can be compared, and
// nobody can try values from outside. Nothing in a mark means anything to JSON, HTML, URLs
// or a terminal. A shorter secret is hidden where its name stands and nowhere else, for it
// is a part of any word.
//
// It promises one pass over a text for all secrets at each level of escaping, and work and
// memory that are bounded whatever clients send; that what it keeps of a secret is not the
// secret; and that where there are too many to know them all, or too much to compare,
// nothing is shown instead.
//
// It refuses to know what a secret is beside names: which callers are identified by what,
// others say.
package mask
