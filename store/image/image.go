package image

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/store"
)

// Record is a document, or the tombstone of one, as an Image keeps it. Records are
// never changed.
type Record struct {
	store.Document
	Elsewhere bool // Body is not here: who made the Image knows where it is
	Deleted   bool // a tombstone: Revision tells when, Created is 0
}

// Image is one moment of a store. The zero Image is the empty store.
type Image struct {
	byKey    tree // key
	byParent tree // parent, created
	byWrite  tree // revision of documents
	graves   tree // revision of tombstones
	dead     tree // key of tombstones
	buried   int  // how many tombstones there are
	revision int64
	floor    int64
}

// Revision is that of the last write.
func (m *Image) Revision() int64 { return m.revision }

// Floor tells from where the feed is whole. It is the revision of the newest deletion that was forgotten.
func (m *Image) Floor() int64 { return m.floor }

// Buried says whether the deletion of a key is remembered.
func (m *Image) Buried(key store.Key) bool { return m.dead.get(item{key: key}) != nil }

// Graves is how many deletions are remembered.
func (m *Image) Graves() int { return m.buried }

// Get answers the record with a key, nil when there is none.
func (m *Image) Get(key store.Key) *Record { return m.byKey.get(item{key: key}) }

// Children costs what it answers, whatever else is stored: lists of the management API are
// children. It answers at most limit records one segment below prefix that were created
// after a revision, in the order of creation.
func (m *Image) Children(prefix store.Key, after int64, limit int) []*Record {
	if after == math.MaxInt64 {
		return nil
	}
	var found []*Record
	for it := range m.byParent.from(item{key: prefix, number: after + 1}) {
		if it.key != prefix || limit > 0 && len(found) == limit {
			break
		}
		found = append(found, it.record)
	}
	return found
}

// List is Children for any depth; it visits all that is below prefix, and sorts it: keys
// have another order than creation.
func (m *Image) List(prefix store.Key, after int64, limit int) []*Record {
	var found []*Record
	for r := range m.below(prefix) {
		if r.Created > after {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *Record) int { return cmp.Compare(a.Created, b.Created) })
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found
}

// below yields what is below prefix at any depth, in the order of keys.
func (m *Image) below(prefix store.Key) func(yield func(*Record) bool) {
	first := prefix
	if prefix != "" {
		first += "/"
	}
	return func(yield func(*Record) bool) {
		for it := range m.byKey.from(item{key: first}) {
			if !strings.HasPrefix(string(it.key), string(first)) || !yield(it.record) {
				return
			}
		}
	}
}

// Changes is the feed as store.Store tells it.
func (m *Image) Changes(after int64, limit int) ([]store.Change, error) {
	// A revision that is not known yet is that of another store, such as one that was
	// restored from an older backup: whoever asks must read everything.
	after = max(after, 0)
	if after > m.revision || after > 0 && after < m.floor {
		return nil, store.ErrCompacted
	}
	if after == m.revision {
		return nil, nil
	}
	writes := changes(m.byWrite, after, limit)
	// Deletions have a tree of their own, of which the oldest are forgotten.
	deletions := changes(m.graves, after, limit)
	if len(deletions) > 0 {
		writes = append(writes, deletions...)
		slices.SortFunc(writes, func(a, b store.Change) int { return cmp.Compare(a.Revision, b.Revision) })
	}
	if limit > 0 && len(writes) > limit {
		writes = writes[:limit]
	}
	return writes, nil
}

// changes are the items of a tree by revision, in its order.
func changes(t tree, after int64, limit int) []store.Change {
	var found []store.Change
	for it := range t.from(item{number: after + 1}) {
		if limit > 0 && len(found) == limit {
			break
		}
		found = append(found, store.Change{Revision: it.number, Key: it.record.Key, Deleted: it.record.Deleted})
	}
	return found
}

// Edit begins the next image. It forgets the oldest tombstones beyond keep, which
// is at least 1 so that the last revision can always be told from the feed.
func (m *Image) Edit(keep int) *Edit {
	return &Edit{next: *m, owner: new(owner), keep: max(keep, 1)}
}
