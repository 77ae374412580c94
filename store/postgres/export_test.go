package postgres

import "time"

// HurryCopies bounds what a copy waits for, until undone.
func HurryCopies(batch, whole time.Duration) (undo func()) {
	b, w := batchTime, wholeTime
	batchTime, wholeTime = batch, whole
	return func() { batchTime, wholeTime = b, w }
}
