package image

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// check fails the test unless a tree is in order, no node is too full or too empty,
// and all leaves are equally deep. It answers how many items there are.
func check(t *testing.T, name string, tr tree) int {
	t.Helper()
	if tr.root == nil {
		return 0
	}
	depth := -1
	var visit func(n *node, level int)
	visit = func(n *node, level int) {
		if len(n.items) > maxItems || len(n.items) < minItems && n != tr.root || len(n.items) == 0 {
			t.Fatalf("%s: a node has %d items", name, len(n.items))
		}
		if len(n.kids) == 0 {
			if depth >= 0 && depth != level {
				t.Fatalf("%s: leaves at depths %d and %d", name, depth, level)
			}
			depth = level
			return
		}
		if len(n.kids) != len(n.items)+1 {
			t.Fatalf("%s: a node has %d items and %d kids", name, len(n.items), len(n.kids))
		}
		for _, kid := range n.kids {
			visit(kid, level+1)
		}
	}
	visit(tr.root, 0)
	items := collect(tr, item{})
	if !slices.IsSortedFunc(items, item.compare) {
		t.Fatalf("%s: not in order", name)
	}
	return len(items)
}

func collect(tr tree, from item) (items []item) {
	for it := range tr.from(from) {
		items = append(items, it)
	}
	return items
}

func TestTreeAgreesWithSortedSlice(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 1))
		var tr tree
		o := new(owner)
		model := map[item]*Record{}
		for step := range 6000 {
			it := item{key: store.Key(fmt.Sprint(random.IntN(40))), number: int64(random.IntN(40))}
			// It grows, then shrinks to nothing.
			if random.IntN(6000) > step {
				r := new(Record)
				model[it] = r
				tr.set(o, item{it.key, it.number, r})
			} else {
				delete(model, it)
				tr.remove(o, it)
			}
			if tr.get(it) != model[it] {
				t.Fatalf("seed %d, step %d: get(%v) is not what was set", seed, step, it)
			}
			if step%500 == 0 {
				want := slices.SortedFunc(maps.Keys(model), item.compare)
				if n := check(t, "tree", tr); n != len(want) {
					t.Fatalf("seed %d, step %d: %d items, want %d", seed, step, n, len(want))
				}
				at, _ := slices.BinarySearchFunc(want, it, item.compare)
				got := collect(tr, it)
				if !slices.EqualFunc(got, want[at:], func(a, b item) bool { return a.compare(b) == 0 && a.record == model[b] }) {
					t.Fatalf("seed %d, step %d: from(%v) is wrong", seed, step, it)
				}
			}
		}
		for it := range model {
			tr.remove(o, it)
		}
		if tr.root != nil {
			t.Errorf("seed %d: an empty tree has a root", seed)
		}
	}
}

// world is what an image is to be: documents by key, and what was deleted.
type world map[store.Key]Record

func (w world) agree(t *testing.T, m *Image) {
	t.Helper()
	alive := 0
	for key, want := range w {
		got := m.Get(key)
		if want.Deleted {
			if got != nil {
				t.Fatalf("%s is there after it was deleted", key)
			}
			continue
		}
		alive++
		if got == nil || got.Created != want.Created || got.Revision != want.Revision || string(got.Body) != string(want.Body) {
			t.Fatalf("%s is %+v, want %+v", key, got, want)
		}
	}
	for name, tr := range map[string]tree{"byKey": m.byKey, "byParent": m.byParent, "byWrite": m.byWrite} {
		if n := check(t, name, tr); n != alive {
			t.Fatalf("%s has %d items, want %d", name, n, alive)
		}
	}
	if a, b := check(t, "graves", m.graves), check(t, "dead", m.dead); a != m.buried || b != m.buried {
		t.Fatalf("%d and %d tombstones, counted %d", a, b, m.buried)
	}
	changes, err := m.Changes(m.floor, 0)
	if err != nil {
		t.Fatalf("Changes after the floor: %v", err)
	}
	for _, c := range changes {
		if w[c.Key].Revision != c.Revision || w[c.Key].Deleted != c.Deleted {
			t.Fatalf("the feed tells %+v of %+v", c, w[c.Key])
		}
	}
}

func TestEditsAreIndependent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	m, now := new(Image), world{}
	type kept struct {
		image *Image
		world world
	}
	var history []kept
	for round := range 120 {
		edit, next := m.Edit(50), maps.Clone(now)
		for range 1 + random.IntN(40) {
			key := store.Join("p", fmt.Sprint(random.IntN(30)), fmt.Sprint(random.IntN(10)))
			if old := edit.Draft().Get(key); random.IntN(3) > 0 {
				r := edit.Put(key, fmt.Appendf(nil, "%d", round), false)
				if (old == nil) != (r.Created == r.Revision) {
					t.Fatalf("Put answered %+v for what was %+v", r, old)
				}
				next[key] = *r
			} else if edit.Delete(key) != (old != nil) {
				t.Fatalf("Delete(%s) did not say what it did", key)
			} else if old != nil {
				next[key] = *edit.Log()[len(edit.Log())-1]
			}
		}
		if random.IntN(3) == 0 {
			continue // dropped: m must not have noticed
		}
		history = append(history, kept{m, now})
		m, now = edit.Image(), next
	}
	for _, k := range append(history, kept{m, now}) {
		k.world.agree(t, k.image)
	}
}

func TestDeleteAllLogsEachDocument(t *testing.T) {
	edit := new(Image).Edit(10)
	for _, key := range []store.Key{"a", "a/b", "a/b/c", "ab", "a!"} {
		edit.Put(key, nil, false)
	}
	edit.DeleteAll("a")
	var gone []store.Key
	for _, r := range edit.Log()[5:] {
		if !r.Deleted {
			t.Errorf("%+v is no deletion", r)
		}
		gone = append(gone, r.Key)
	}
	if want := []store.Key{"a", "a/b", "a/b/c"}; !slices.Equal(gone, want) {
		t.Errorf("deleted %q, want %q", gone, want)
	}
}

func TestResumeAndLoad(t *testing.T) {
	edit := new(Image).Edit(1)
	edit.Resume(9, 3)
	edit.Load(&Record{Document: store.Document{Key: "a", Revision: 5, Created: 2}})
	edit.Load(&Record{Document: store.Document{Key: "b", Revision: 4}, Deleted: true})
	edit.Load(&Record{Document: store.Document{Key: "c", Revision: 9}, Deleted: true})
	m := edit.Image()
	if len(edit.Log()) != 0 || m.Revision() != 9 || m.Floor() != 4 || m.buried != 1 {
		t.Errorf("log %v, revision %d, floor %d, %d tombstones, want none, 9, 4, 1", edit.Log(), m.Revision(), m.Floor(), m.buried)
	}
	if _, err := m.Changes(3, 0); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("Changes(3) = %v, want ErrCompacted", err)
	}
	want := []store.Change{{Revision: 5, Key: "a"}, {Revision: 9, Key: "c", Deleted: true}}
	if got, err := m.Changes(4, 0); err != nil || !slices.Equal(got, want) {
		t.Errorf("Changes(4) = %v, %v, want %v", got, err, want)
	}
}

// A store that is loaded is one that was written, in whatever order its records come, and its
// trees are full: nodes that are half empty would be a third of its memory.
func TestLoadedImagesAreFull(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 2, 30, 31, 32, 33, 62, 63, 64, 992, 1023, 1024, 1025, 5000} {
		now := world{}
		edit := new(Image).Edit(10)
		for _, i := range random.Perm(n) {
			key := store.Join("p", fmt.Sprint(i%7), fmt.Sprint(i))
			now[key] = Record{Document: store.Document{Key: key, Revision: int64(2*i + 2), Created: int64(2*i + 1)}}
			r := now[key]
			edit.Load(&r)
		}
		m := edit.Image()
		now.agree(t, m)
		if got := len(m.Children("p/3", 0, 0)); got != (n+3)/7 {
			t.Errorf("%d records: %d children, want %d", n, got, (n+3)/7)
		}
		leaves := 0
		var count func(at *node)
		count = func(at *node) {
			if at != nil && len(at.kids) == 0 {
				leaves++
			}
			for i := 0; at != nil && i < len(at.kids); i++ {
				count(at.kids[i])
			}
		}
		count(m.byWrite.root)
		if want := (n + maxItems + 1) / (maxItems + 1); n > 0 && leaves != want {
			t.Errorf("%d records are in %d leaves, want %d", n, leaves, want)
		}
		// What was built is edited as anything else, and is itself not changed by that.
		later, changed := m.Edit(10), maps.Clone(now)
		for i := range n / 2 {
			key := store.Join("p", fmt.Sprint(i%7), fmt.Sprint(i))
			if i%2 == 0 {
				later.Delete(key)
				changed[key] = *later.Log()[len(later.Log())-1]
			} else {
				changed[key] = *later.Put(key, []byte("new"), false)
			}
		}
		now.agree(t, m)
		if next := later.Image(); n < 40 { // of more the tombstones are forgotten
			changed.agree(t, next)
		}
	}
}

// What is asked of an edit in the middle of loading has all that was loaded; a key that comes
// twice is there once.
func TestLoadingIsSeenAtOnce(t *testing.T) {
	edit := new(Image).Edit(10)
	edit.Load(&Record{Document: store.Document{Key: "b", Revision: 1, Created: 1}})
	edit.Load(&Record{Document: store.Document{Key: "a", Revision: 2, Created: 2}})
	if edit.Draft().Get("b") == nil || edit.Draft().Get("a") == nil {
		t.Error("the draft has not what was loaded")
	}
	edit.Load(&Record{Document: store.Document{Key: "c", Revision: 3, Created: 3}})
	if !edit.Delete("c") {
		t.Error("what was loaded after the draft was looked at is not there")
	}
	again := new(Image).Edit(10)
	again.Load(&Record{Document: store.Document{Key: "a", Revision: 1, Created: 1}})
	again.Load(&Record{Document: store.Document{Key: "a", Revision: 1, Created: 1}})
	if n := check(t, "byKey", again.Image().byKey); n != 1 {
		t.Errorf("a key that came twice is there %d times", n)
	}
}

// What is packed stays what it was, whatever is packed behind it, and nobody can write over
// his neighbour.
func TestPack(t *testing.T) {
	var p Pack
	var keys []store.Key
	var bodies [][]byte
	text := func(i int) []byte { return slices.Repeat(fmt.Appendf(nil, "%d,", i), 1+i*i%3000) }
	for i := range 300 {
		b := text(i)
		keys, bodies = append(keys, p.Key(b)), append(bodies, p.Body(b))
		clear(b) // the row is gone
	}
	for i := range keys {
		if want := string(text(i)); string(keys[i]) != want || string(bodies[i]) != want {
			t.Fatalf("piece %d is not what was packed", i)
		}
		_ = append(bodies[i], "over the next"...)
	}
	if b := p.Body(nil); b == nil || len(b) != 0 {
		t.Errorf("got %v, want a body that is empty and there", b)
	}
}
