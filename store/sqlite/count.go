package sqlite

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// countName is the file that tells, outside of the database and its log, what was
// acknowledged. SQLite takes a log that is damaged for one that ends there, so
// without it nobody would know what is missing.
const countName = "dragoman.count"

// claim is what a count says that its database has reached.
type claim struct {
	id       string // of the database
	schema   int64
	revision int64
	state    state
}

// The file is two slots with the same claim, each in a page of its own, so that one
// of them is always whole. A slot is its magic, id, schema, revision and state, and a
// checksum of them; numbers are big-endian.
const (
	countMagic = "drgmcnt1"
	idSize     = 16
	slotSize   = len(countMagic) + idSize + 4*8
	slotApart  = 4096
	countSize  = 2 * slotApart
)

var errCount = errors.New(countName + " is damaged: neither of its two slots is whole")

// encode writes a slot. Its checksum is of all before it, so that a slot of which a part
// reached the disk is none.
func (c *claim) encode() []byte {
	b := make([]byte, 0, slotSize)
	b = append(b, countMagic...)
	b = append(b, c.id...)
	for _, n := range []int64{c.schema, c.revision, int64(c.state)} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return binary.BigEndian.AppendUint64(b, uint64(sum('c', "", b)))
}

// decodeClaim reads a slot; false when it is not whole.
func decodeClaim(b []byte) (c claim, ok bool) {
	if len(b) < slotSize || !bytes.HasPrefix(b, []byte(countMagic)) {
		return claim{}, false
	}
	end := slotSize - 8
	if uint64(sum('c', "", b[:end])) != binary.BigEndian.Uint64(b[end:]) {
		return claim{}, false
	}
	number := func(i int) int64 {
		return int64(binary.BigEndian.Uint64(b[len(countMagic)+idSize+8*i:]))
	}
	return claim{string(b[len(countMagic):][:idSize]), number(0), number(1), state(number(2))}, true
}

// readClaim reads the count in a directory; nil when there is none. A slot that is
// damaged is made up for by the other.
func readClaim(dir string) (*claim, error) {
	b, err := os.ReadFile(filepath.Join(dir, countName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var best *claim
	for at := 0; at < len(b); at += slotApart {
		if c, ok := decodeClaim(b[at:]); ok && (best == nil || c.revision > best.revision) {
			best = &c
		}
	}
	if best == nil {
		return nil, errCount
	}
	return best, nil
}

// count is the open file of a count, which is written with every commit. It is one committer's.
type count struct {
	file  *os.File
	slots [slotApart + slotSize]byte // both, which go to the file in one write
}

// newID is the id of a new database, by which a count knows whose it is: files of two states
// that were mixed do not fit.
func newID() string {
	id := make([]byte, idSize)
	_, _ = rand.Read(id) // it never fails
	return string(id)
}

// writeCount makes the file anew, whole or not at all: a name that is given to a file whose
// bytes are durable, and whose directory is made so too.
func writeCount(dir string, c claim) error {
	b := make([]byte, countSize)
	copy(b, c.encode())
	copy(b[slotApart:], c.encode())
	path := filepath.Join(dir, countName)
	if err := writeSynced(path+".new", b); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}

// openCount opens the count of a directory, which is there by then.
func openCount(dir string) (*count, error) {
	f, err := os.OpenFile(filepath.Join(dir, countName), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &count{file: f}, nil
}

// set makes a claim durable. Its database has reached it, or else a crash now would
// make a healthy database look damaged. The file has its size, so that is one write
// to the disk and no more.
func (c *count) set(to claim) error {
	b := to.encode()
	copy(c.slots[:], b)
	copy(c.slots[slotApart:], b)
	if _, err := c.file.WriteAt(c.slots[:], 0); err != nil {
		return fmt.Errorf("%s: %w", countName, err)
	}
	if err := syncData(c.file); err != nil {
		return fmt.Errorf("%s: %w", countName, err)
	}
	return nil
}

// writeSynced writes a file for the owner alone and makes its bytes durable.
func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
