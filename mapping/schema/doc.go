// Package schema checks payloads against models, which are JSON Schema draft 4:
// its core (draft-zyp-json-schema-04) and its validation
// (draft-fge-json-schema-validation-00), whose sections are cited.
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
// A model is compiled by a library, which knows all of draft 4; payloads are held
// against it here, so that every payload ends. What it takes is counted, and a
// payload that would take more than its size allows breaks its model. Numbers are
// compared as they stand, to the last digit, and never computed out: one whose
// exponent is beyond 400 or that has more than 4,096 digits breaks a model where a
// numeric keyword or uniqueItems meets it, and is like any other elsewhere. Models
// with such numbers, with more schemas than anybody writes, or with patterns that
// take too long together are refused.
//
// The text of a failed validation is what $context.error.validationErrorString
// shows: the violations in square brackets, a hundred of them and 16 KiB at most.
package schema
