//go:build race

package cost

const raced = true // the detector takes ten times as long
