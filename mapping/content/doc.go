// Package content converts payloads between text and binary, as the content
// handling strategy of an integration or an integration response says.
//
// A WebSocket API has no list of binary media types: what a client sends is
// always text. A client that wants to send bytes sends them in base64, and
// CONVERT_TO_BINARY decodes them for the backend; CONVERT_TO_TEXT encodes a
// backend's binary answer for the client. Without a strategy payloads pass as
// they are.
//
//	                undefined   CONVERT_TO_BINARY   CONVERT_TO_TEXT
//	request         as it is    base64 decoded      as it is
//	response text   as it is    base64 decoded      as it is
//	response bytes  as it is    base64 decoded      base64 encoded
//
// The package never changes the bytes it is given.
package content
