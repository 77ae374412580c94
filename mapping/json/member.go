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
	if n.Kind() != Object {
		return Node{}, false
	}
	d, t := n.doc, n.token()
	if t.flags&flagChanged != 0 {
		return d.over[n.at].get(key)
	}
	tape := d.tape[:t.next]
	near := &d.near[h*mix>>(64-nearBits)]
	// On the same level, within this object, a key is one of its own.
	if i := int(n.at + *near); *near != 0 && i+1 < len(tape) && t.flags&flagRepeats == 0 {
		if k := &tape[i]; k.bits() == h && k.level == t.level && d.isKey(k, key) {
			return Node{d, uint32(i) + 1}, true
		}
	}
	for i := int(n.at) + 1; i+1 < len(tape); {
		if k := &tape[i]; k.bits() == h && d.isKey(k, key) {
			v, ok = Node{d, uint32(i) + 1}, true
			if t.flags&flagRepeats == 0 {
				*near = uint32(i) - n.at
				break
			}
		}
		if i++; tape[i].kind >= Array {
			i = int(tape[i].next)
		} else {
			i++
		}
	}
	return v, ok
}

// isKey compares a key whose hash is the same. The hash of a short one is its bytes, so
// that with the length nothing is left to compare.
func (d *Doc) isKey(k *token, key string) bool {
	if k.flags&flagEscaped != 0 {
		d.spare = appendDecoded(d.spare[:0], d.text[k.start:k.end], d.lenient)
		return string(d.spare) == key
	}
	return int(k.end-k.start) == len(key) && (len(key) < 8 || d.text[k.start:k.end] == key)
}
