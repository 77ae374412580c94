package record

// shelf keeps texts in blocks of one size, cut from a few large slabs: the collector has
// nothing to look for in them, however many records there are, and nothing to free when one
// leaves. What leaves is overwritten.
//
// It is not safe for concurrent use.
type shelf struct {
	slabs [][]byte
	next  []int32 // of each block: which one goes on, none for none
	free  int32   // the first of the blocks that nobody has, none for none
}

const (
	blockSize     = 512
	blocksOfASlab = 128
	none          = int32(-1)
)

// blocksOf is how many blocks a text of some bytes takes.
func blocksOf(bytes int) int { return max(1, (bytes+blockSize-1)/blockSize) }

func (s *shelf) block(n int32) []byte {
	at := int(n%blocksOfASlab) * blockSize
	return s.slabs[n/blocksOfASlab][at : at+blockSize : at+blockSize]
}

// take takes a free block.
func (s *shelf) take() int32 {
	if len(s.slabs) == 0 {
		s.free = none
	}
	if s.free == none {
		s.free = int32(len(s.next))
		s.slabs = append(s.slabs, make([]byte, blocksOfASlab*blockSize))
		for n := s.free + 1; n < s.free+blocksOfASlab; n++ {
			s.next = append(s.next, n)
		}
		s.next = append(s.next, none)
	}
	n := s.free
	s.free = s.next[n]
	return n
}

// put keeps a text and answers its first block.
func (s *shelf) put(text []byte) (first int32) {
	first = s.take()
	for at := first; ; {
		text = text[copy(s.block(at), text):]
		if len(text) == 0 {
			s.next[at] = none
			return first
		}
		more := s.take()
		s.next[at] = more
		at = more
	}
}

// get appends a text of some bytes.
func (s *shelf) get(to []byte, first int32, bytes int) []byte {
	for at := first; at != none && bytes > 0; at = s.next[at] {
		n := min(bytes, blockSize)
		to, bytes = append(to, s.block(at)[:n]...), bytes-n
	}
	return to
}

// drop forgets a text: nothing of it stays in memory. The next one finds its room warm.
func (s *shelf) drop(first int32) {
	for at := first; at != none; {
		clear(s.block(at))
		then := s.next[at]
		s.next[at] = s.free
		s.free, at = at, then
	}
}
