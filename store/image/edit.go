package image

import "github.com/dragoman-gateway/dragoman/store"

// Edit is an image in the making. It is for one goroutine, and dropping it undoes it.
type Edit struct {
	next  Image
	owner *owner
	keep  int
	log   []*Record
	// gathered are the documents that were loaded into an empty image, until something asks for
	// them: many are put in order faster at once.
	gathered []*Record
}

// Draft is the image as edited so far: good for reading until the next edit.
func (e *Edit) Draft() *Image {
	e.fill()
	return &e.next
}

// Log is what was written and deleted so far, one record each, in order.
func (e *Edit) Log() []*Record { return e.log }

// Image ends the edit and answers what it made. The Edit must not be used again.
func (e *Edit) Image() *Image {
	e.fill()
	e.owner = nil  // nodes are nobody's now, and so never changed again
	made := e.next // a copy, or else the image would keep the edit and its log
	return &made
}

// Put creates or replaces a document and answers its new record. With elsewhere
// the caller keeps the body and the image only knows that there is one.
func (e *Edit) Put(key store.Key, body []byte, elsewhere bool) *Record {
	e.fill()
	e.next.revision++
	r := &Record{Document: store.Document{Key: key, Revision: e.next.revision, Created: e.next.revision}, Elsewhere: elsewhere}
	if !elsewhere {
		r.Body = body
	}
	// The order of lists is that of creation: a document that is replaced keeps its place.
	if old := e.next.Get(key); old != nil {
		r.Key, r.Created = old.Key, old.Created
		e.next.byWrite.remove(e.owner, item{number: old.Revision})
	} else {
		e.exhume(key)
	}
	e.insert(r)
	e.log = append(e.log, r)
	return r
}

// Delete removes a document and says whether there was one.
func (e *Edit) Delete(key store.Key) bool {
	e.fill()
	old := e.next.Get(key)
	if old == nil {
		return false
	}
	e.next.byKey.remove(e.owner, item{key: key})
	e.next.byParent.remove(e.owner, item{key: key.Parent(), number: old.Created})
	e.next.byWrite.remove(e.owner, item{number: old.Revision})
	e.next.revision++
	// Whoever follows the feed must hear of it, so that something remains.
	grave := &Record{Document: store.Document{Key: old.Key, Revision: e.next.revision}, Deleted: true}
	e.bury(grave)
	e.log = append(e.log, grave)
	return true
}

// DeleteAll removes the document at prefix and all that is below it.
func (e *Edit) DeleteAll(prefix store.Key) {
	e.fill()
	var keys []store.Key
	for r := range e.next.below(prefix) {
		keys = append(keys, r.Key)
	}
	e.Delete(prefix)
	for _, key := range keys {
		e.Delete(key)
	}
}

// Load puts in a record as it was kept somewhere, with its revisions. It is not logged.
func (e *Edit) Load(r *Record) {
	e.next.revision = max(e.next.revision, r.Revision)
	if r.Deleted {
		e.bury(r)
		return
	}
	if e.next.byKey.root == nil {
		e.gathered = append(e.gathered, r)
		return
	}
	e.insert(r)
}

// Follow does what somebody else did to a document, as a feed tells it: of a key that was
// written several times the last alone. It is not logged.
func (e *Edit) Follow(r *Record) {
	e.fill()
	if old := e.next.Get(r.Key); old != nil {
		e.next.byKey.remove(e.owner, item{key: old.Key})
		e.next.byParent.remove(e.owner, item{key: old.Key.Parent(), number: old.Created})
		e.next.byWrite.remove(e.owner, item{number: old.Revision})
	}
	e.exhume(r.Key)
	e.Load(r)
}

// Resume sets the revision and the floor as they were kept somewhere.
func (e *Edit) Resume(revision, floor int64) {
	e.next.revision = max(e.next.revision, revision)
	e.next.floor = max(e.next.floor, floor)
}

// insert puts a record into each of the orders in which it is asked for.
func (e *Edit) insert(r *Record) {
	e.next.byKey.set(e.owner, item{key: r.Key, record: r})
	e.next.byParent.set(e.owner, item{key: r.Key.Parent(), number: r.Created, record: r})
	e.next.byWrite.set(e.owner, item{number: r.Revision, record: r})
}

// bury adds a tombstone and forgets the oldest when there are too many.
func (e *Edit) bury(r *Record) {
	e.next.graves.set(e.owner, item{number: r.Revision, record: r})
	e.next.dead.set(e.owner, item{key: r.Key, record: r})
	for e.next.buried++; e.next.buried > e.keep; {
		for oldest := range e.next.graves.from(item{}) {
			e.exhume(oldest.record.Key)
			e.next.floor = max(e.next.floor, oldest.number)
			break
		}
	}
}

// exhume removes the tombstone of a key, if it has one: there is a document again, or the
// deletion is forgotten.
func (e *Edit) exhume(key store.Key) {
	if old := e.next.dead.get(item{key: key}); old != nil {
		e.next.dead.remove(e.owner, item{key: key})
		e.next.graves.remove(e.owner, item{number: old.Revision})
		e.next.buried--
	}
}
