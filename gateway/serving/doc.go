// Package serving is what the data planes serve: the APIs and stages that requests and
// messages find, each stage with the rooms that work for it.
//
// It promises that all of it is made when a deployment comes to be served and is
// immutable from then on: nothing is compiled, looked up or fetched when the first
// request comes. It refuses to decide anything: plan says what is configured, and the
// rooms that a stage carries say what becomes of an exchange.
package serving
