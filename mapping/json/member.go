package json

// nears is how many keys are looked for first where they stood last: the objects of an array are
// much alike.
const nears = 1 << nearBits

const nearBits = 5

// Get is the member of an Object by its key; ok is false when there is none or
// this is no Object.
//
// Of a key that stands there twice the last one counts; RFC 8259 section 4 leaves it
// open.
func (n Node) Get(key string) (v Node, ok bool) { return n.Member(key, hash(key)) }

// Hash is what Member wants to know of a key.
func Hash(key string) uint64 { return hash(key) }

// Member is Get by a key whose Hash is known, for whoever looks for the same one often.
func (n Node) Member(key string, h uint64) (v Node, ok bool) {
	v, _, _, _, _ = n.Look(key, h)
	return v, v.doc != nil
}

// Look is Member, and Plain of what was found: one call for what is done most often. Where the key stands as far
// behind the object's beginning as it did in the one before, it also tells how many members the object has, else 0.
func (n Node) Look(key string, h uint64) (v Node, members int, kind Kind, text string, number int64) {
	d := n.doc
	if d == nil {
		return Node{}, 0, Missing, "", 0
	}
	tape := d.tape
	t := &tape[n.at]
	at := n.at + d.near[slot(h)]
	if t.kind != Object || t.flags&(flagChanged|flagRepeats) != 0 || at <= n.at || at >= t.next {
		return n.search(key, h)
	}
	// On the same level, within this object, a key is one of its own.
	k := &tape[at]
	if k.bits() != h || k.level != t.level || k.flags&flagEscaped != 0 || int(k.end-k.start) != len(key) {
		return n.search(key, h)
	}
	if len(key) >= 8 && d.text[k.start:k.end] != key { // a shorter one is its hash
		return n.search(key, h)
	}
	v = Node{d, at + 1}
	kind, text, number = v.Plain()
	return v, int(t.count), kind, text, number
}

// search is Member from the first member on.
func (n Node) search(key string, h uint64) (v Node, members int, kind Kind, text string, number int64) {
	d, t := n.doc, n.token()
	switch {
	case t.kind != Object:
		return Node{}, 0, Missing, "", 0
	case t.flags&flagChanged != 0:
		v, _ = d.over[n.at].get(key)
		kind, text, number = v.Plain()
		return v, 0, kind, text, number
	}
	tape := d.tape[:t.next]
	for i := int(n.at) + 1; i+1 < len(tape); {
		if k := &tape[i]; k.bits() == h && d.isKey(k, key) {
			v = Node{d, uint32(i) + 1}
			if t.flags&flagRepeats == 0 {
				d.near[slot(h)] = uint32(i) - n.at
				break
			}
		}
		if i++; tape[i].kind >= Array {
			i = int(tape[i].next)
		} else {
			i++
		}
	}
	kind, text, number = v.Plain()
	return v, 0, kind, text, number
}

// slot is where near tells of a key.
func slot(h uint64) uint64 { return h * mix >> (64 - nearBits) }

// isKey compares a key whose hash is the same. The hash of a short one is its bytes, so
// that with the length nothing is left to compare.
func (d *Doc) isKey(k *token, key string) bool {
	if k.flags&flagEscaped != 0 {
		d.spare = appendDecoded(d.spare[:0], d.text[k.start:k.end], d.lenient)
		return string(d.spare) == key
	}
	return int(k.end-k.start) == len(key) && (len(key) < 8 || d.text[k.start:k.end] == key)
}
