// Package server wires the rooms together, in reading order: store, deployed
// configuration, management, data plane, listeners. It is what `dragoman serve`
// runs, and what tests and other programs embed.
package server
