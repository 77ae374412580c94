package record

// shelf keeps texts in blocks of one size, cut from a few large slabs: the collector has
// nothing to look for in them, however many records there are, and nothing to free when one
// leaves. What leaves is overwritten.
//
// It is not safe for concurrent use.
type shelf struct {
	slabs [][]byte
	free  int32 // the first of the blocks that nobody has, none for none
}

const (
	blockSize     = 512
	blocksOfASlab = 128
	link          = 4 // bytes of a block that say which is next
	room          = blockSize - link
	none          = int32(-1)
)

// blocksOf is how many blocks a text of some bytes takes.
func blocksOf(bytes int) int { return max(1, (bytes+room-1)/room) }

func (s *shelf) block(n int32) []byte {
	at := int(n%blocksOfASlab) * blockSize
	return s.slabs[n/blocksOfASlab][at : at+blockSize : at+blockSize]
}

func next(block []byte) int32 {
	return int32(uint32(block[0]) | uint32(block[1])<<8 | uint32(block[2])<<16 | uint32(block[3])<<24)
}

func lead(block []byte, to int32) {
	block[0], block[1], block[2], block[3] = byte(to), byte(to>>8), byte(to>>16), byte(to>>24)
}

// take takes a free block.
func (s *shelf) take() int32 {
	if len(s.slabs) == 0 {
		s.free = none
	}
	if s.free == none {
		first := int32(len(s.slabs) * blocksOfASlab)
		s.slabs = append(s.slabs, make([]byte, blocksOfASlab*blockSize))
		for n := first; n < first+blocksOfASlab; n++ {
			lead(s.block(n), n+1)
		}
		lead(s.block(first+blocksOfASlab-1), none)
		s.free = first
	}
	n := s.free
	s.free = next(s.block(n))
	return n
}

// put keeps a text and answers its first block.
func (s *shelf) put(text []byte) (first int32) {
	first = s.take()
	for at := first; ; {
		b := s.block(at)
		text = text[copy(b[link:], text):]
		if len(text) == 0 {
			lead(b, none)
			return first
		}
		at = s.take()
		lead(b, at)
	}
}

// get appends a text of some bytes.
func (s *shelf) get(to []byte, first int32, bytes int) []byte {
	for at := first; at != none && bytes > 0; {
		b := s.block(at)
		n := min(bytes, room)
		to, bytes, at = append(to, b[link:link+n]...), bytes-n, next(b)
	}
	return to
}

// drop forgets a text: nothing of it stays in memory.
func (s *shelf) drop(first int32) {
	for at := first; at != none; {
		b := s.block(at)
		then := next(b)
		clear(b)
		lead(b, s.free)
		s.free, at = at, then
	}
}
