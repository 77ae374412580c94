package budget

import (
	"io"
	"slices"
)

// firstRead is how much is allocated for a body at first, whatever length it
// declares.
const firstRead = tiny

// Read reads a body of length bytes, -1 when that is not known, to its end. What
// it allocates is taken from every one of the holds as bytes come: a length that
// is only announced costs nothing. Errors are ErrFull and those of r; the holds
// then have what was allocated until they are freed.
//
// stop makes a Read of r that waits return soon, and every later one; nil if
// nothing can. It is called when others need the room and the body is too slow.
func Read(r io.Reader, length int64, stop func(), holds ...*Hold) ([]byte, error) {
	b := &buffer{holds: holds, length: length}
	if err := b.grow(); err != nil {
		return nil, err
	}
	var at watches
	defer func() { at.end() }()
	for {
		n, err := r.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case err == io.EOF:
			return b.bytes, nil
		case err != nil && at.cut():
			return nil, ErrFull
		case err != nil:
			return nil, err
		case len(b.bytes) < cap(b.bytes):
			continue
		}
		if err := b.grow(); err != nil {
			return nil, err
		}
		if at == nil && stop != nil {
			for _, h := range holds {
				at = append(at, h.budget.Watch(stop))
			}
		}
	}
}

// watches are those of one body, by the budgets that it is held of.
type watches []*Watch

func (w watches) end() {
	for _, one := range w {
		one.End()
	}
}

func (w watches) cut() bool { return slices.ContainsFunc(w, (*Watch).Cut) }

// buffer is what has come of a body.
type buffer struct {
	bytes  []byte
	length int64
	holds  []*Hold
}

// grow makes room for as much as there is already. Where a length is announced it
// makes four times of it, which leaves less behind, but not more than is announced
// and the byte that would be too much.
func (b *buffer) grow() error {
	had := cap(b.bytes)
	size := max(firstRead, 2*had)
	if announced := b.length + 1; b.length >= 0 && announced > int64(had) {
		size = int(min(int64(max(firstRead, 4*had)), announced))
	}
	for i, h := range b.holds {
		if err := h.Grow(size - had); err != nil {
			for _, before := range b.holds[:i] {
				before.Shrink(size - had)
			}
			return err
		}
	}
	larger := make([]byte, len(b.bytes), size)
	copy(larger, b.bytes)
	b.bytes = larger
	return nil
}
