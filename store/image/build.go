package image

import "slices"

// build makes a tree of items that are in order and all different. Its nodes are as full as
// they can be: a tree that grew item by item in their order has them half full, which in a
// large store is a third of all that an image takes.
func build(o *owner, items []item) tree {
	if len(items) == 0 {
		return tree{}
	}
	nodes, between := leaves(o, items)
	for len(nodes) > 1 {
		nodes, between = above(o, nodes, between)
	}
	return tree{nodes[0]}
}

// leaves parts items evenly into nodes, with one item between each two. Of n items in as few
// nodes as hold them each has at least half of what it may have.
func leaves(o *owner, items []item) (nodes []*node, between []item) {
	many := (len(items) + maxItems + 1) / (maxItems + 1)
	nodes = make([]*node, 0, many)
	for left := many; left > 0; left-- {
		n := (len(items) - (left - 1)) / left
		nodes = append(nodes, &node{owner: o, items: slices.Clone(items[:n])})
		items = items[n:]
		if left > 1 {
			between, items = append(between, items[0]), items[1:]
		}
	}
	return nodes, between
}

// above is the level above some nodes and the items between them.
func above(o *owner, kids []*node, items []item) (nodes []*node, between []item) {
	nodes, between = leaves(o, items)
	for _, n := range nodes {
		n.kids = slices.Clone(kids[:len(n.items)+1])
		kids = kids[len(n.items)+1:]
	}
	return nodes, between
}

// fill makes the trees of an image of records that were gathered. A key that is there twice,
// which no store has, is put in one after the other.
func (e *Edit) fill() {
	records := e.gathered
	e.gathered = nil
	if len(records) == 0 {
		return
	}
	items := make([]item, len(records))
	order := func(of func(*Record) item) tree {
		for i, r := range records {
			items[i] = of(r)
		}
		slices.SortFunc(items, item.compare)
		return build(e.owner, items)
	}
	byKey := order(func(r *Record) item { return item{key: r.Key, record: r} })
	if twice(items) {
		for _, r := range records {
			e.insert(r)
		}
		return
	}
	e.next.byKey = byKey
	e.next.byParent = order(func(r *Record) item { return item{key: r.Key.Parent(), number: r.Created, record: r} })
	e.next.byWrite = order(func(r *Record) item { return item{number: r.Revision, record: r} })
}

// twice says that two neighbours are the same.
func twice(items []item) bool {
	for i := 1; i < len(items); i++ {
		if items[i-1].compare(items[i]) == 0 {
			return true
		}
	}
	return false
}
