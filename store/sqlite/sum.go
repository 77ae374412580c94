package sqlite

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/dragoman-gateway/dragoman/store/image"
)

// What a checksum is of. A row that turns up in another table does not fit there.
const (
	ofDocument  = 'd'
	ofElsewhere = 'e' // a document whose body is in bodies
	ofBody      = 'b'
	ofTombstone = 't'
	ofFeed      = 'f'
)

// sum is the checksum of a row: the beginning of SHA-256, over everything in the row
// in a form that tells the columns apart. It is kept as SQLite keeps integers.
func sum(of byte, key string, body []byte, numbers ...int64) int64 {
	h := sha256.New()
	head := make([]byte, 0, 64)
	head = append(head, of)
	for _, n := range numbers {
		head = binary.BigEndian.AppendUint64(head, uint64(n))
	}
	head = binary.BigEndian.AppendUint32(head, uint32(len(key)))
	_, _ = h.Write(head) // hashes never fail
	_, _ = h.Write([]byte(key))
	_, _ = h.Write(body)
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// documentSum is the checksum of a document's row.
func documentSum(r *image.Record) int64 {
	if r.Elsewhere {
		return sum(ofElsewhere, string(r.Key), nil, r.Created, r.Revision)
	}
	return sum(ofDocument, string(r.Key), r.Body, r.Created, r.Revision)
}

// A body and a tombstone have their revisions in their checksums: an old one in the place
// of a newer one does not fit.

func bodySum(revision int64, body []byte) int64 { return sum(ofBody, "", body, revision) }

func tombstoneSum(revision int64, key string) int64 { return sum(ofTombstone, key, nil, revision) }

// state stands for all documents of a moment together: the sum of their checksums,
// which can be carried on from commit to commit and tells when a row is missing, is
// there twice, or is of another time.
type state int64

// with and without carry the sum on. It has no order, so that a commit need not know what
// else there is.

func (s state) with(r *image.Record) state    { return s + state(documentSum(r)) }
func (s state) without(r *image.Record) state { return s - state(documentSum(r)) }

// after is the state when a batch is committed on top of base.
func (s state) after(base *image.Image, b *batch) state {
	for key, r := range b.Last {
		if old := base.Get(key); old != nil {
			s = s.without(old)
		}
		if !r.Deleted {
			s = s.with(r)
		}
	}
	return s
}

// feed is the one row of the table of that name.
type feed struct {
	id              string // of the database: 16 bytes that it was given when it was made
	revision, floor int64
	state           state
}

// sum has the id in it: a row that came from another database fails it.
func (f *feed) sum() int64 {
	return sum(ofFeed, f.id, nil, f.revision, f.floor, int64(f.state))
}
