// Package admission decides who is let in: the rules that stand before the
// integration of a route, one Admit for both data planes, and the guard of
// @connections.
//
// It promises that the rules of a stage are made when it comes to be served, so that
// no request or handshake makes any, and that buckets and remembered answers of
// authorizers outlive the deployment that they began with. It refuses whatever nobody
// is there to judge.
package admission
