package nats

import "sync"

// Bounds of what is remembered of others: a fleet has far fewer nodes, and the messages of one
// come nearly in order.
const (
	mostSenders = 4096
	window      = 4096
)

// once tells messages that were heard already.
type once struct {
	mu      sync.Mutex // Protects fields below.
	senders map[[senderSize]byte]*heard
	clock   uint64
}

// heard is which of a sender's last numbers were.
type heard struct {
	highest uint64
	bits    [window / 64]uint64
	used    uint64 // when it was last asked, by once's clock
}

// first says whether a message was not heard yet, and remembers it. One that is older than
// all that is remembered counts as heard.
func (o *once) first(sender [senderSize]byte, number uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.senders == nil {
		o.senders = map[[senderSize]byte]*heard{}
	}
	h := o.senders[sender]
	if h == nil {
		if len(o.senders) >= mostSenders {
			o.forget()
		}
		h = &heard{highest: number}
		o.senders[sender] = h
	}
	o.clock++
	h.used = o.clock
	return h.first(number)
}

// forget forgets whom nobody has heard of for longest.
func (o *once) forget() {
	var oldest [senderSize]byte
	at := ^uint64(0)
	for sender, h := range o.senders {
		if h.used < at {
			oldest, at = sender, h.used
		}
	}
	delete(o.senders, oldest)
}

func (h *heard) first(number uint64) bool {
	if number > h.highest {
		// What lies between may still come, and is not heard yet.
		for n := h.highest + 1; n <= number && n-h.highest <= window; n++ {
			h.bits[n%window/64] &^= 1 << (n % 64)
		}
		h.highest = number
	}
	if h.highest-number >= window {
		return false
	}
	word, bit := &h.bits[number%window/64], uint64(1)<<(number%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}
