// Package admission decides who is let in: the rules that stand before the
// integration of a route, for both data planes.
//
// It promises that the rules of a stage are made when it comes to be served, so that
// no request or handshake makes any, and that buckets and remembered answers of
// authorizers outlive the deployment that they began with.
package admission
