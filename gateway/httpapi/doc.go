// Package httpapi is the data plane of HTTP APIs. A request passes the rooms
// match (stage and route), cors, admit, authorize, request, invoke and reply, one
// file each; what concerns it is carried on one call.
//
// It promises that a request is served by the stage as it was deployed when it
// arrived, that bodies of HTTP backends are streamed in both directions, that
// every wait has a bound, that what it keeps in memory of a request is bounded,
// and that a client, a backend or a function that misbehaves costs one request.
//
// It refuses to tell a client more of a failure than AWS does; the log has the
// rest. It refuses requests and replies beyond the limits, which can be lifted.
package httpapi
