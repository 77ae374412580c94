// Package mock is the backend that calls nobody: the request template itself
// says which status the integration has.
package mock
