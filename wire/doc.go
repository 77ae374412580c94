// Package wire is the protocol of the management API: the table of all its
// operations, the decoding and checking of requests, and the answers, errors
// included, in the form that every AWS SDK expects (rest-json).
//
// A Server turns HTTP requests into calls of Handlers. It promises them requests
// whose members have the documented types, lengths, ranges and words; members
// that an operation does not have, read-only ones among them, are dropped, and
// null is the same as absent. What a rule needs to know of other resources is not
// judged here.
//
// The few operations of the older API that make API keys and usage plans are in
// the same table, marked V1: their lists, times and updates are shaped
// differently.
//
// Operations that AWS does not have are rows of Config.Own, and pass the same
// checks.
//
// It refuses bodies over Config.MaxBody, nesting deeper than any operation needs,
// text that is not UTF-8, and everything that is not in the table.
package wire
