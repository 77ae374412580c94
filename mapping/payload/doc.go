// Package payload speaks to Lambda functions in the shapes of API Gateway: it
// writes the events that functions of proxy integrations and authorizers
// receive, and reads what proxy functions answer.
//
// Events are written straight into bytes, member after member, in the order in
// which AWS's events show them; no maps, no reflection. What an event leaves out
// and what it shows as null is part of its format and differs between them:
// WebSocket events and format 2.0 leave unset members out, format 1.0 shows null.
//
// Answers are read as they are documented and observed. An answer that breaks
// its format is ErrMalformed with what is wrong, for the log.
package payload
