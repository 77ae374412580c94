package http2

import (
	"time"

	"golang.org/x/net/http2"
)

// noise counts frames that cost a client nothing. A client begins with some to spend, gets
// more with time, and with all that it does in earnest; PINGs and WINDOW_UPDATEs in answer to
// what it is sent are in earnest too.
type noise struct {
	left int
	at   int64 // when time gave the last
}

const (
	mostNoise   = 2000 // that a client can have to spend
	noiseRate   = 100  // a second
	costlyNoise = 10   // a stream that was begun for nothing
	requestGift = 20   // a request; it may be cancelled, and have its windows updated
	dataGift    = 4    // a frame of a body, either way
)

// calm ends the connection of whoever has nothing left.
var calm = http2.ConnectionError(http2.ErrCodeEnhanceYourCalm)

func (n *noise) fill(now int64) { n.left, n.at = mostNoise, now }

// spend takes some away; false when there is nothing left.
func (n *noise) spend(now int64, some int) bool {
	// Time is counted in whole seconds, so that a frame costs a comparison.
	if since := now - n.at; since > int64(time.Second) {
		n.give(int(min(since/int64(time.Second), mostNoise)) * noiseRate)
		n.at = now
	}
	n.left -= some
	return n.left >= 0
}

// give adds what was earned.
func (n *noise) give(some int) { n.left = min(n.left+some, mostNoise) }
