package httpapi

import (
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/record"
)

// taken is the beginning of each body of a recorded exchange, and how long each is. A nil
// taken takes nothing. Bodies may be read by somebody else while the call waits.
type taken struct {
	mu    sync.Mutex // Protects fields below.
	parts [3]part
}

type part struct {
	kept  []byte
	whole int64
}

// take keeps the beginning of a body and counts all of it. p is its reader's and is copied.
func (t *taken) take(which int, p []byte) {
	if t == nil || len(p) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := &t.parts[which]
	// The beginning is kept and all is counted: a record tells how much of a body it shows.
	if room := record.Kept - len(at.kept); room > 0 {
		at.kept = append(at.kept, p[:min(room, len(p))]...)
	}
	at.whole += int64(len(p))
}

func (t *taken) request(p []byte) { t.take(0, p) }
func (t *taken) backend(p []byte) { t.take(1, p) }
func (t *taken) answer(p []byte)  { t.take(2, p) }

// amend puts one of them into the last step of a name, if there is one.
func (t *taken) amend(d *record.Draft, name record.Name, until time.Time, which int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d.AmendBody(name, until, t.parts[which].kept, t.parts[which].whole)
}
