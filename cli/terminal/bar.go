package terminal

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Bar is one line on a terminal that tells how far something is, once it has taken a second;
// elsewhere it is silent.
type Bar struct {
	to          io.Writer // nil for nobody
	what        string
	began, last time.Time
	drawn       bool

	stop    context.CancelFunc // ends what Wait has begun; nil when nothing moves
	drawing tasks.Group
}

const (
	barAfter = time.Second            // what is done by then needs no telling
	barEvery = 100 * time.Millisecond // fast work would flood a slow terminal
	barWide  = 30
)

// NewBar is a bar for what is counted in what, such as "documents". The work begins now.
func NewBar(to io.Writer, what string) *Bar {
	if !Is(to) {
		return &Bar{}
	}
	return &Bar{to: to, what: what, began: time.Now()}
}

// Wait draws that something goes on before anything can be counted, until Show or Clear is
// called.
func (b *Bar) Wait(what string) {
	if b.to == nil || b.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.drawing.Go("a bar at the terminal", func() {
		for wait := barAfter; tasks.Pause(ctx, wait) == nil; wait = barEvery {
			b.draw(moving(time.Since(b.began), what))
		}
	})
}

// settle ends what Wait has begun.
func (b *Bar) settle() {
	if b.stop != nil {
		b.stop()
		b.drawing.Wait()
		b.stop = nil
	}
}

// Show draws how much is done of all, and the end of what was drawn.
func (b *Bar) Show(done, all int64) {
	b.settle()
	if b.to == nil || time.Since(b.began) < barAfter || time.Since(b.last) < barEvery && (done < all || !b.drawn) {
		return
	}
	b.draw(bar(done, all, b.what))
}

func (b *Bar) draw(line string) {
	b.last, b.drawn = time.Now(), true
	// ECMA-48: erase in line. A line that wrapped would stay.
	fmt.Fprintf(b.to, "\r\x1b[K%s", line)
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
	b.settle()
	if b.drawn {
		fmt.Fprint(b.to, "\r\x1b[K")
		b.drawn = false
	}
}

// During draws that work goes on of which nobody knows how much is left, such as a call of a
// gateway, until it is done. What it answers is the work's.
func During(to io.Writer, what string, work func() error) error {
	b := NewBar(to, what)
	b.Wait(what)
	// The line is gone before anything else is said, also where the work panics.
	defer b.Clear()
	return work()
}

// moving is the line for work of which only is known for how long it has gone on: a part of it
// goes to and fro.
func moving(since time.Duration, what string) string {
	const part = 6
	at := int(since/barEvery) % (2 * (barWide - part))
	if at > barWide-part {
		at = 2*(barWide-part) - at
	}
	return fmt.Sprintf("[%s%s%s] %s, %d s", strings.Repeat("-", at), strings.Repeat("#", part), strings.Repeat("-", barWide-part-at), what, int(since.Seconds()))
}
