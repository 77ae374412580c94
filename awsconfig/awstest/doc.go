// Package awstest is a place to send signed AWS calls to in tests: a server that
// keeps what it got and refuses what is not signed right, and an environment in
// which no configuration of the machine is seen.
package awstest
