// Package clone copies HTTP and WebSocket APIs out of a server of the V2 API, AWS or
// any other, into the YAML document that a gateway serves.
//
// It reads, page by page, each API with everything below it, what each stage of an
// HTTP API serves, and the custom domains and VPC links that belong to them; of a whole
// region its developer portals too. What it read it holds to the rules of the
// management API, as an import does. It also fetches the code of the functions that
// they call.
//
// It promises to call operations that read and no others (Get, List, ExportApi), that
// the same configuration gives the same document, byte for byte, and that the document
// loads. What cannot be had is left out and told in the Report, never made up: a route
// whose authorizer could not be read is left out, for it would be open to everybody.
//
// It refuses to go on when the server cannot be reached or does not know the key, for
// what came of that would look like an empty account.
package clone
