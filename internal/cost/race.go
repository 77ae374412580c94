//go:build race

package cost

// Raced says whether the race detector is at work, which makes everything larger and
// slower.
const Raced = true // the detector takes ten times as long
