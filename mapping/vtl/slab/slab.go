package slab

// A Slab hands out values of one type. The zero Slab is ready for use.
type Slab[T any] struct {
	chunks [][]T
	chunk  int // the one in use
	used   int // of it
}

// Size is how many values come from one allocation.
const Size = 32

// maxChunks are kept when a slab is reset.
const maxChunks = 64

// Next hands out a zero value.
func (s *Slab[T]) Next() *T {
	if s.chunk == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, Size))
	}
	v := &s.chunks[s.chunk][s.used]
	if s.used++; s.used == Size {
		s.chunk, s.used = s.chunk+1, 0
	}
	return v
}

// Fresh reports whether the next value is the first of its chunk.
func (s *Slab[T]) Fresh() bool { return s.used == 0 }

// Reset forgets everything that was handed out and keeps a little memory.
func (s *Slab[T]) Reset() {
	for i := 0; i < s.chunk && i < len(s.chunks); i++ {
		clear(s.chunks[i])
	}
	if s.chunk < len(s.chunks) {
		clear(s.chunks[s.chunk][:s.used])
	}
	if len(s.chunks) > maxChunks {
		s.chunks = s.chunks[:maxChunks:maxChunks]
	}
	s.chunk, s.used = 0, 0
}
