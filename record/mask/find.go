package mask

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// work is how many bytes are compared for one record. What clients send decides how much
// there is to compare; beyond it nothing more of the record is shown.
const work = 8 << 20

// span is a part of a text that is not to be shown, and what is shown for it.
type span struct {
	from, to int
	mark     mark
	quoted   bool // the mark needs quotes, so that JSON stays JSON
}

// finder finds secrets in texts, all in one pass.
type finder struct {
	mask   *Mask
	forms  []form      // by their heads, long ones first
	filter [128]uint64 // bits of heads
	budget int
	buffer []byte
}

// finder makes a finder of secrets.
func (m *Mask) finder(s *Secrets) *finder {
	f := &finder{mask: m, forms: slices.Clone(s.forms), budget: work}
	if s.overflow {
		f.budget = 0
	}
	slices.SortFunc(f.forms, func(a, b form) int { return cmp.Or(cmp.Compare(a.head, b.head), cmp.Compare(b.bytes, a.bytes)) })
	for i := range f.forms {
		bit := hash(f.forms[i].head)
		f.filter[bit/64] |= 1 << (bit % 64)
	}
	return f
}

// hash is 13 bits of a head.
func hash(head uint64) uint64 { return head * 0x9E3779B97F4A7C15 >> 51 }

// exhausted says that nothing may be shown any more.
func (f *finder) exhausted() bool { return f.budget <= 0 }

// find finds secrets in a text, at each level of escaping.
func (f *finder) find(spans []span, text string, cut bool) []span {
	if len(f.forms) == 0 {
		return spans
	}
	(&view{text: text}).each(cut, func(v *view) {
		if !f.exhausted() {
			spans = f.scan(spans, v, cut)
		}
	})
	return spans
}

// scan finds secrets in a view.
func (f *finder) scan(spans []span, v *view, cut bool) []span {
	f.buffer = fold(append(f.buffer[:0], v.text...))
	b := f.buffer
	var next uint64 // the window at i
	for i := 0; i < len(b); i++ {
		if i+window > len(b) {
			break
		}
		if next >>= 8; i == 0 {
			next = head(b)
		} else {
			next |= uint64(b[i+window-1]) << (8 * (window - 1))
		}
		if bit := hash(next); f.filter[bit/64]>>(bit%64)&1 == 0 {
			continue
		}
		if n, as := f.match(next, b[i:], cut); n > 0 {
			spans = append(spans, span{from: v.written(i), to: v.written(i + n), mark: as})
		}
		if f.exhausted() {
			return spans
		}
	}
	if cut {
		spans = f.tail(spans, v, b)
	}
	return spans
}

// match finds the longest form that a text begins with, and how much of the text it is.
// A text that was cut may end within one.
func (f *finder) match(first uint64, b []byte, cut bool) (int, mark) {
	at, _ := slices.BinarySearchFunc(f.forms, first, func(a form, head uint64) int { return cmp.Compare(a.head, head) })
	for ; at < len(f.forms) && f.forms[at].head == first; at++ {
		form := &f.forms[at]
		n := int(form.bytes)
		switch {
		case n > len(b) && cut:
			return len(b), form.mark
		case n > len(b):
			continue
		}
		if f.budget -= n; maphash.Bytes(f.mask.seed, b[:n]) != form.whole {
			continue
		}
		if form.open {
			n += rest(b[n:])
		}
		return n, form.mark
	}
	return 0, mark{}
}

// rest is how much of a text goes on with a value of which the beginning alone is known.
func rest(b []byte) int {
	for i, c := range b {
		switch c {
		case '"', '\'', '\\', '&', '<', '>', ',', ';', '}', ']', '\n', '\r', '\t':
			return i
		}
	}
	return len(b)
}

// shortest is of how few characters the beginning of a secret at the end of a text that
// was cut is hidden. Fewer tell nothing.
const shortest = 3

// tail hides the beginning of a secret that a text ends in.
func (f *finder) tail(spans []span, v *view, b []byte) []span {
	for n := min(window-1, len(b)); n >= shortest; n-- {
		var end uint64
		for i, c := range b[len(b)-n:] {
			end |= uint64(c) << (8 * i)
		}
		for i := range f.forms {
			if f.forms[i].head&(1<<(8*n)-1) == end {
				return append(spans, span{from: v.written(len(b) - n), to: v.written(len(b)), mark: f.forms[i].mark})
			}
		}
	}
	return spans
}
