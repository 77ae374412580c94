package sam

import "github.com/dragoman-gateway/dragoman/management/tree"

// fields is an object while it is changed: members keep their places, and finding one
// costs no more when there are many.
type fields struct {
	from  tree.Node // whose place it has
	items []item
	at    map[string]int
}

type item struct{ key, value tree.Node }

// fieldsOf are the members of an object; of nothing else there are any.
func fieldsOf(n tree.Node) *fields {
	f := &fields{from: n, at: make(map[string]int, n.Len())}
	for key, value := range n.Pairs() {
		f.put(key, value)
	}
	return f
}

func (f *fields) get(name string) (value tree.Node, there bool) {
	i, there := f.at[name]
	if !there {
		return tree.Node{}, false
	}
	return f.items[i].value, true
}

// put changes the member of a name, or adds one at the end.
func (f *fields) put(key, value tree.Node) {
	if i, there := f.at[key.Text()]; there {
		f.items[i].value = value
		return
	}
	f.at[key.Text()] = len(f.items)
	f.items = append(f.items, item{key, value})
}

// node is the object again.
func (f *fields) node() tree.Node {
	n := object(f.from)
	for _, i := range f.items {
		n.Put(i.key, i.value)
	}
	return n
}
