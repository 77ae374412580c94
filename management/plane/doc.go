// Package plane brings the management plane together: the operations of AWS's API and
// our own behind the same checks, with health, metrics and a page for browsers beside them.
//
// It promises that what the data plane must be asked is handed to it, so that it can
// be served without one. It refuses to judge who may reach the listener.
package plane
