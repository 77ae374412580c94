package image

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/store"
)

// packed is how many bytes of keys or bodies share a piece of memory.
const packed = 64 << 10

// Pack holds keys and bodies of many documents beside each other. Hundreds of thousands of
// small pieces would lie scattered among the garbage of reading them, whose memory could not
// be given back, and each would be rounded up. What a piece holds lives as long as any of it:
// at most what was there when the store was opened. The zero Pack is empty.
type Pack struct {
	keys   strings.Builder
	bodies []byte
}

// Key is a key of bytes that are gone soon.
func (p *Pack) Key(b []byte) store.Key {
	if len(b) > packed/16 {
		return store.Key(b)
	}
	if p.keys.Cap()-p.keys.Len() < len(b) { // it must not grow: what it gave out would be left
		p.keys = strings.Builder{}
		p.keys.Grow(packed)
	}
	at := p.keys.Len()
	p.keys.Write(b)
	return store.Key(p.keys.String()[at:])
}

// Body is a body of bytes that are gone soon; never nil.
func (p *Pack) Body(b []byte) []byte {
	if len(b) > packed/16 {
		return append(make([]byte, 0, len(b)), b...)
	}
	if cap(p.bodies)-len(p.bodies) < len(b) {
		p.bodies = make([]byte, 0, packed)
	}
	at := len(p.bodies)
	p.bodies = append(p.bodies, b...)
	return p.bodies[at:len(p.bodies):len(p.bodies)]
}
