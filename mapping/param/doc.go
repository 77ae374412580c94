// Package param parses and applies parameter mappings: the values that an
// integration puts into the request to its backend and into the answer to the
// client.
//
// WebSocket APIs map as the first generation of API Gateway did:
//
//	integration.request.header.X-Id   ←  context.connectionId
//	integration.request.path.room     ←  route.request.body.room
//	method.response.header.X          ←  integration.response.header.X
//	…                                 ←  'static text'
//
// HTTP APIs have actions and expressions:
//
//	append:header.X      ←  $request.querystring.x
//	overwrite:path       ←  /v1/${request.path.id}
//	remove:querystring.x ←  ''
//	overwrite:statuscode ←  403        (responses)
//
// and their service integrations take named parameters whose values are the
// same expressions.
//
// A mapping is parsed once; the error names the member and the rule it breaks,
// in words for the client of the management API. Applying it needs expr.Variables
// and a place to put the values; it may be done by many goroutines at once.
package param
