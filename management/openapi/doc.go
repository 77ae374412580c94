// Package openapi turns OpenAPI 3.0 documents into the routes, integrations and
// authorizers of an HTTP API, and back.
//
// Documents are read as ordered trees, in JSON or YAML, so that what is made of
// them has their order and what is written is the same each time. Read judges the
// document alone: whether a mapping expression or an ARN is right is judged where
// the resources are put.
//
// Read sorts what it meets as AWS does: what is supported is imported, what is
// valid OpenAPI but means nothing to a gateway is told in Info, what is broken but
// can be left out is told in Warnings, and what would make another API than the
// author meant is an error. A security requirement that cannot be kept is such an
// error: no route becomes public by mistake.
//
// It promises that what Write wrote reads back to the same resources, and that
// writing those gives the same document.
package openapi
