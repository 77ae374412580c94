package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Bar is one line on a terminal that tells how far something is; elsewhere it is silent.
type Bar struct {
	to    io.Writer // nil for nobody
	what  string
	last  time.Time
	drawn bool
}

const (
	barEvery = 50 * time.Millisecond // fast work would flood a slow terminal
	barWide  = 30
)

// NewBar is a bar for what is counted in what, such as "documents".
func NewBar(to io.Writer, what string) *Bar {
	if !Is(to) {
		return &Bar{}
	}
	return &Bar{to: to, what: what}
}

// Show draws how much is done of all, the end always.
func (b *Bar) Show(done, all int64) {
	if b.to == nil || done < all && time.Since(b.last) < barEvery {
		return
	}
	b.last, b.drawn = time.Now(), true
	// ECMA-48: erase in line. A line that wrapped would stay.
	fmt.Fprintf(b.to, "\r\x1b[K%s", bar(done, all, b.what))
}

// bar is the line for how much is done of all, where nothing may be all that there is.
func bar(done, all int64, what string) string {
	part := 1.0
	if all > 0 {
		part = min(1, float64(done)/float64(all))
	}
	full := int(part * barWide)
	return fmt.Sprintf("[%s%s] %3d %% %d of %d %s", strings.Repeat("#", full), strings.Repeat("-", barWide-full), int(part*100), done, all, what)
}

// Clear takes the line away.
func (b *Bar) Clear() {
	if b.drawn {
		fmt.Fprint(b.to, "\r\x1b[K")
		b.drawn = false
	}
}
