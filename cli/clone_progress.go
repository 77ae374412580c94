package cli

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress is one line on a terminal that tells what is being done; elsewhere it is
// silent.
type progress struct {
	to   io.Writer // nil for nobody
	last time.Time
	long bool // something stands in the line
}

// progressEvery keeps fast work from flooding a slow terminal.
const progressEvery = 50 * time.Millisecond

func newProgress(to io.Writer) *progress {
	if f, ok := to.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &progress{to: f}
		}
	}
	return &progress{}
}

// show replaces the line.
func (p *progress) show(what string) {
	if p.to == nil || time.Since(p.last) < progressEvery {
		return
	}
	p.last, p.long = time.Now(), true
	// ECMA-48: erase in line; a longer one would wrap and stay.
	fmt.Fprintf(p.to, "\r\x1b[K%.78s", what)
}

// clear takes the line away.
func (p *progress) clear() {
	if p.long {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.long = false
	}
}
