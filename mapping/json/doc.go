// Package json reads the payloads that mapping templates and selection
// expressions see, and writes them back.
//
// One pass over the text checks it and writes a tape: a flat list of small
// tokens, one per key and value, each knowing where it starts and what follows
// it. Nothing is decoded and no tree is built; a Node is a handle (document,
// token) and decodes what it is asked for. Parsing a payload therefore costs
// a pooled slice, whatever the template then does with it.
//
// Two dialects are read. Strict is RFC 8259. Lenient is what API Gateway does
// with a payload when a template asks for it: anything that does not look like
// JSON is a string, quotes may be single or absent, commas may trail, numbers
// may have leading zeros, and what follows the first value is ignored. Broken
// payloads fail with the words that API Gateway's own parser uses.
//
// Objects keep the order of the text. A repeated key keeps its first place and
// its last value. Integers are 32-bit, 64-bit or big by their size; numbers
// with a fraction or exponent are doubles, and exact decimals when they are
// longer than 18 characters.
//
// Templates may change payload values (put, add, remove). The first change of
// an object or array copies its members beside the tape, so that every handle
// to it sees the change; the text is never written to.
//
// The package promises: bad input never panics, nesting beyond the limit is an
// error (no recursion follows the input's depth while reading), and a document
// that was released keeps no text alive. It refuses to be shared: a Doc and its
// Nodes belong to one goroutine at a time.
package json
