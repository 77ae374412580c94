package schema

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Why a value has no key.
var (
	errLong   = errors.New("the key is longer than wanted")
	errBeyond = errors.New("a number cannot be compared")
	errWork   = errors.New("there is no work left")
)

// keyer writes keys: texts that equal values share and others do not, whatever
// the order of members and the spelling of numbers (JSON Schema core draft 4
// section 3.6). A length stands before each text, so that no text can pass for
// the end of one.
type keyer struct {
	limit int  // bytes of the whole
	work  *int // nil: as much as it takes
}

// append writes the key of a value behind dst. It goes as deep as JSON may nest.
func (k *keyer) append(dst []byte, n json.Node) (_ []byte, err error) {
	if len(dst) > k.limit {
		return dst, errLong
	}
	if !k.spend(2) {
		return dst, errWork
	}
	switch n.Kind() {
	case json.Null:
		return append(dst, 'n'), nil
	case json.Bool:
		if n.Bool() {
			return append(dst, 't'), nil
		}
		return append(dst, 'f'), nil
	case json.String:
		return k.text(dst, 's', n.Text())
	case json.Array:
		dst = append(dst, '[')
		for it := n.Iter(); it.Next(); {
			if dst, err = k.append(dst, it.Node()); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case json.Object:
		return k.object(dst, n)
	}
	d := readDecimal(n.Number())
	if d.beyond {
		return dst, errBeyond
	}
	// Sixteen bytes are one step of work: copying is far cheaper than looking at a value.
	if !k.spend(len(d.digits) / 16) {
		return dst, errWork
	}
	return append(d.key(append(dst, '#')), ';'), nil
}

func (k *keyer) text(dst []byte, mark byte, s string) ([]byte, error) {
	if !k.spend(len(s) / 16) {
		return dst, errWork
	}
	dst = strconv.AppendInt(append(dst, mark), int64(len(s)), 10)
	return append(append(dst, ':'), s...), nil
}

// Members are sorted, since two objects are equal whatever the order of their
// members (core draft 4 section 3.6).
func (k *keyer) object(dst []byte, n json.Node) (_ []byte, err error) {
	if !k.spend(2 * n.Len()) {
		return dst, errWork
	}
	dst = append(dst, '{')
	for _, m := range membersByName(n) {
		if dst, err = k.text(dst, 'k', m.name); err != nil {
			return dst, err
		}
		if dst, err = k.append(dst, m.value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (k *keyer) spend(n int) bool {
	if k.work == nil {
		return true
	}
	*k.work -= n
	return *k.work >= 0
}

type member struct {
	name  string
	value json.Node
}

func membersByName(n json.Node) []member {
	list := make([]member, 0, n.Len())
	for it := n.Iter(); it.Next(); {
		list = append(list, member{it.Key(), it.Node()})
	}
	slices.SortFunc(list, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return list
}

// has says whether a value is one of those that are allowed. A number that cannot
// be compared is none of them. A key that grows longer than all of theirs need
// not be finished.
func (e *enum) has(n json.Node, buffer *keyRoom, work *int) (_ bool, err error) {
	k := keyer{limit: e.longest, work: work}
	if buffer.keys, err = k.append(buffer.keys[:0], n); err != nil {
		return false, err
	}
	_, ok := e.keys[string(buffer.keys)]
	return ok, nil
}

// keyRoom is memory for the keys of a value or an array's items, which the next one
// uses again.
type keyRoom struct {
	keys []byte
	ends []int // of each key
}

// few is how many items are compared with each other. A map pays for itself
// beyond that.
const few = 8

// duplicates finds two equal items of an array; i is -1 without.
func (r *keyRoom) duplicates(n json.Node, work *int) (i, j int, err error) {
	k := keyer{limit: json.MaxSize, work: work}
	r.keys, r.ends = r.keys[:0], r.ends[:0]
	for it := n.Iter(); it.Next(); {
		if r.keys, err = k.append(r.keys, it.Node()); err != nil {
			return -1, -1, err
		}
		r.ends = append(r.ends, len(r.keys))
	}
	if len(r.ends) <= few {
		i, j = r.compared()
	} else {
		i, j = r.hashed()
	}
	return i, j, nil
}

// Texts are compared where they lie: for a few items no map and no copy is made.
func (r *keyRoom) compared() (i, j int) {
	for j := range r.ends {
		for i := range j {
			if bytes.Equal(r.key(i), r.key(j)) {
				return i, j
			}
		}
	}
	return -1, -1
}

// The keys are one string of which the map holds parts, so that an array of any
// length is one copy.
func (r *keyRoom) hashed() (i, j int) {
	all, from := string(r.keys), 0
	seen := make(map[string]int, len(r.ends))
	for j, end := range r.ends {
		key := all[from:end]
		if i, twice := seen[key]; twice {
			return i, j
		}
		seen[key], from = j, end
	}
	return -1, -1
}

func (r *keyRoom) key(i int) []byte {
	if i == 0 {
		return r.keys[:r.ends[0]]
	}
	return r.keys[r.ends[i-1]:r.ends[i]]
}
