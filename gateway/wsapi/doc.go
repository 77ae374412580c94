// Package wsapi is the data plane of WebSocket APIs: the upgrade with its
// $connect route, messages on their way through route, model, templates,
// integration and integration response, the $disconnect route, and the
// @connections API through which backends reach their clients.
//
// It promises that a message costs at most its own reply: every call has a
// timeout, messages of one connection run side by side up to a bound, and beyond
// it the socket is not read. A message is served by the stage as it is deployed at
// that moment. It refuses binary frames, messages beyond the limits, and to tell a
// client more of a failure than AWS does; the log has the rest.
package wsapi
