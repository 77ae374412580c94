// Package serving is what the data planes serve: the APIs and stages that requests and
// messages find, each stage with the rooms that work for it.
//
// It promises that all of an API is made at once, when a deployment comes to be served,
// and is immutable from then on: no request looks anything up or fetches it. At the start
// of a gateway with very many APIs some rest until they are called, and the first call of
// such an API waits until it is compiled, which asks nobody for anything. It refuses to decide anything: plan says what is configured, and the
// rooms that a stage carries say what becomes of an exchange.
package serving
