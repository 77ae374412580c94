package image

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/store"
)

// Nodes but the root hold minItems to maxItems. Thirty-one items of 32 bytes make
// a node of 1 KB: wide enough for short paths, small enough to copy at each write.
const (
	maxItems = 31
	minItems = 15
)

// item is a record under the two-part order that all trees here share.
type item struct {
	key    store.Key
	number int64
	record *Record
}

// compare orders items by key and then by number. Keys stand alone in one tree and numbers
// in another: the part that is not used is the same everywhere.
func (a item) compare(b item) int {
	if c := strings.Compare(string(a.key), string(b.key)); c != 0 {
		return c
	}
	return cmp.Compare(a.number, b.number)
}

// owner marks the nodes that one Edit made and may therefore change in place. It is
// not of size zero because all pointers to such values could be equal.
type owner struct{ _ byte }

// tree is a B-tree whose nodes are shared with older trees and copied when written.
type tree struct{ root *node }

// node is never changed by anybody but its owner: readers go through it without a lock
// while the next image is made.
type node struct {
	owner *owner
	items []item
	kids  []*node // none in a leaf, else one more than items
}

// search finds where an item is or belongs.
func (n *node) search(it item) (int, bool) {
	low, high := 0, len(n.items)
	for low < high {
		mid := int(uint(low+high) >> 1)
		switch c := n.items[mid].compare(it); {
		case c == 0:
			return mid, true
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return low, false
}

// get answers the record of an item, nil when there is none.
func (t tree) get(it item) *Record {
	for n := t.root; n != nil; {
		i, found := n.search(it)
		if found {
			return n.items[i].record
		}
		if len(n.kids) == 0 {
			return nil
		}
		n = n.kids[i]
	}
	return nil
}

// from yields the items at and after it, in order.
func (t tree) from(it item) func(yield func(item) bool) {
	return func(yield func(item) bool) {
		if t.root != nil {
			t.root.from(it, yield)
		}
	}
}

// from yields what is at and after an item; false when the reader has enough.
func (n *node) from(it item, yield func(item) bool) bool {
	i, found := n.search(it)
	if len(n.kids) > 0 && !found && !n.kids[i].from(it, yield) {
		return false
	}
	for ; i < len(n.items); i++ {
		if !yield(n.items[i]) {
			return false
		}
		if len(n.kids) > 0 && !n.kids[i+1].all(yield) {
			return false
		}
	}
	return true
}

// all yields everything below n, in order.
func (n *node) all(yield func(item) bool) bool {
	for i, it := range n.items {
		if len(n.kids) > 0 && !n.kids[i].all(yield) {
			return false
		}
		if !yield(it) {
			return false
		}
	}
	return len(n.kids) == 0 || n.kids[len(n.items)].all(yield)
}

// set inserts an item or replaces its record. A tree grows at its root, so that all leaves
// are equally deep.
func (t *tree) set(o *owner, it item) {
	if t.root == nil {
		t.root = &node{owner: o, items: []item{it}}
		return
	}
	t.root = o.own(t.root)
	if up, right := o.insert(t.root, it); right != nil {
		t.root = &node{owner: o, items: []item{up}, kids: []*node{t.root, right}}
	}
}

// remove takes an item out; removing what is not there changes nothing, and copies nothing.
func (t *tree) remove(o *owner, it item) {
	if t.get(it) == nil {
		return
	}
	t.root = o.own(t.root)
	o.take(t.root, it, false)
	if len(t.root.items) == 0 {
		if len(t.root.kids) == 0 {
			t.root = nil
		} else {
			t.root = t.root.kids[0]
		}
	}
}

// own answers the node itself when the owner made it, else a copy that is the owner's.
func (o *owner) own(n *node) *node {
	if n.owner == o {
		return n
	}
	// With room for one more: most that write write once, and what is copied at each write is
	// most of the garbage of one.
	c := &node{owner: o, items: append(make([]item, 0, len(n.items)+1), n.items...)}
	if len(n.kids) > 0 {
		c.kids = append(make([]*node, 0, len(n.kids)+1), n.kids...)
	}
	return c
}

// ownKid makes a kid the owner's, on the way down: only the path that is written is
// copied, whatever the size of the tree.
func (o *owner) ownKid(n *node, i int) *node {
	n.kids[i] = o.own(n.kids[i])
	return n.kids[i]
}

// insert puts an item below n, which is the owner's. When n had to be split, it
// answers the item that goes up and the node to the right of it.
func (o *owner) insert(n *node, it item) (item, *node) {
	i, found := n.search(it)
	if found {
		n.items[i] = it
		return item{}, nil
	}
	if len(n.kids) == 0 {
		n.items = slices.Insert(n.items, i, it)
	} else if up, right := o.insert(o.ownKid(n, i), it); right != nil {
		n.items = slices.Insert(n.items, i, up)
		n.kids = slices.Insert(n.kids, i+1, right)
	}
	if len(n.items) <= maxItems {
		return item{}, nil
	}
	return o.split(n)
}

// split makes two nodes of a full one, each with as many items as a node must have.
func (o *owner) split(n *node) (item, *node) {
	at := len(n.items) - 1 - minItems
	up := n.items[at]
	right := &node{owner: o, items: append(make([]item, 0, maxItems+1), n.items[at+1:]...)}
	if len(n.kids) > 0 {
		right.kids = append(make([]*node, 0, maxItems+2), n.kids[at+1:]...)
		clear(n.kids[at+1:])
		n.kids = n.kids[:at+1]
	}
	clear(n.items[at:])
	n.items = n.items[:at]
	return up, right
}

// take removes an item, or the greatest one, from below n, which is the owner's and,
// unless it is the root, has an item to spare.
func (o *owner) take(n *node, it item, greatest bool) item {
	i, found := len(n.items), false
	if !greatest {
		i, found = n.search(it)
	}
	if len(n.kids) == 0 {
		if greatest {
			i--
		}
		out := n.items[i]
		n.items = slices.Delete(n.items, i, i+1)
		return out
	}
	if len(n.kids[i].items) <= minItems {
		o.fill(n, i)
		return o.take(n, it, greatest)
	}
	kid := o.ownKid(n, i)
	if !found {
		return o.take(kid, it, greatest)
	}
	// Its place is taken by the greatest before it, which stands in a leaf.
	out := n.items[i]
	n.items[i] = o.take(kid, item{}, true)
	return out
}

// fill gives the kid at i an item to spare: from a neighbour that has one, or by
// making one node of it and a neighbour.
func (o *owner) fill(n *node, i int) {
	switch {
	case i > 0 && len(n.kids[i-1].items) > minItems:
		left, kid := o.ownKid(n, i-1), o.ownKid(n, i)
		last := len(left.items) - 1
		kid.items = slices.Insert(kid.items, 0, n.items[i-1])
		n.items[i-1] = left.items[last]
		left.items = slices.Delete(left.items, last, last+1)
		if len(left.kids) > 0 {
			kid.kids = slices.Insert(kid.kids, 0, left.kids[last+1])
			left.kids = slices.Delete(left.kids, last+1, last+2)
		}
	case i < len(n.items) && len(n.kids[i+1].items) > minItems:
		kid, right := o.ownKid(n, i), o.ownKid(n, i+1)
		kid.items = append(kid.items, n.items[i])
		n.items[i] = right.items[0]
		right.items = slices.Delete(right.items, 0, 1)
		if len(right.kids) > 0 {
			kid.kids = append(kid.kids, right.kids[0])
			right.kids = slices.Delete(right.kids, 0, 1)
		}
	default:
		if i == len(n.items) {
			i--
		}
		left, right := o.ownKid(n, i), n.kids[i+1]
		left.items = append(append(left.items, n.items[i]), right.items...)
		left.kids = append(left.kids, right.kids...)
		n.items = slices.Delete(n.items, i, i+1)
		n.kids = slices.Delete(n.kids, i+1, i+2)
	}
}
