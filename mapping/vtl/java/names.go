package java

import "math/bits"

// nameTable numbers the names that templates can meet, from one on. It is asked for every name of every
// template, most of which it does not have, by a Hash that is wanted anyway: a map would make one of its own.
type nameTable struct {
	rows  []nameRow // a power of two, at least twice as many as names
	shift int
}

// nameRow is a name with its hash and its number; a number of zero is an empty row.
type nameRow struct {
	hash uint64
	name string
	id   uint16
}

// newNameTable has room for n names.
func newNameTable(n int) nameTable {
	width := bits.Len(uint(2 * n))
	return nameTable{make([]nameRow, 1<<width), 64 - width}
}

// row is where a name stands, or would.
func (t *nameTable) row(name string, hash uint64) *nameRow {
	// The hash of a short name is its letters: the product spreads them to the upper bits (Knuth, The
	// Art of Computer Programming, section 6.4).
	for i := int(hash * 0x9E3779B97F4A7C15 >> t.shift); ; i++ {
		r := &t.rows[i&(len(t.rows)-1)]
		if r.id == 0 || r.hash == hash && r.name == name {
			return r
		}
	}
}

func (t *nameTable) put(name string, id uint16) {
	hash := Hash(name)
	*t.row(name, hash) = nameRow{hash, name, id}
}

// of is the number of a name whose Hash is known, zero if it has none.
func (t *nameTable) of(name string, hash uint64) uint16 { return t.row(name, hash).id }
