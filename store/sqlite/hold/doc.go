// Package hold opens a file that one process alone may have open, until it ends or closes it.
package hold

import "errors"

// ErrHeld is what Exclusive answers where another process has the file.
var ErrHeld = errors.New("held by another process")
