// Package gateway turns the resources of templates, free of intrinsics, into what a
// gateway can be given: one document of the configuration (management/document's
// form), and the functions that are to run.
//
// It promises that the same resources give the same bytes, with ids that are drawn from
// those of the resources alone; that their order means nothing; that whatever the
// management plane would refuse is told all at once, each where the template says it; and
// that what it does not know is told in one line and ends nothing.
//
// It reads files through what it is handed alone, and runs nothing.
package gateway
