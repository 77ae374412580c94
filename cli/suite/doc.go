// Package suite runs cases of mappings that stand in files: templates and what else
// package evaluation tries, each with a sample and what must come of it.
//
// It promises that a case which says something that nobody reads is refused, lest a
// misspelled expectation passes for ever, and that an update writes nothing but
// expectations. It refuses to know a gateway: cases need none.
package suite
