// Package schema checks payloads against models, which are JSON Schema draft 4.
//
// A model is compiled once and may then be used by many goroutines. It may
// refer to its own parts and to other models of the same API, by
//
//	https://apigateway.amazonaws.com/restapis/{api}/models/{name}
//
// whose text a lookup function gives. Any other reference is refused: nothing is
// ever fetched from a network or a file. Patterns are Java patterns with a bound
// on their work.
//
// The text of a failed validation is what $context.error.validationErrorString
// shows: the violations in square brackets.
package schema
