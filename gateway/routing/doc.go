// Package routing is the front of the data plane: it decides from host and path
// which API and stage a request is for, and hands it to the plane of that API's
// protocol. It answers itself only what belongs to no API.
package routing
