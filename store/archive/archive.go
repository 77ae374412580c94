package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// Head is what is told of a backup as a whole.
type Head struct {
	Revision int64     // of the store
	Made     time.Time // to the second
}

// What can be wrong with a file. They are told apart because different things are to be
// done: another file, another program, the copy made again.
var (
	ErrForeign = errors.New("is no backup of Dragoman")
	ErrNewer   = errors.New("was made by a newer version of Dragoman")
	ErrShort   = errors.New("is cut short")
	ErrDamaged = errors.New("is damaged")
)

const (
	family    = "dragoman backup "
	firstLine = family + "1\n"

	// The end has a kind of its own. A file that was cut between two documents, or never
	// finished, has none.
	anEnd      = 0
	aDocument  = 1
	headSize   = 16
	recordSize = 8 + 8 + 4 + 4 // created, revision, lengths of key and body
	maxBody    = 1 << 30       // beyond it lengths would not be believed when they are read
)

// Writer writes one file.
type Writer struct {
	to    *bufio.Writer
	hash  hash.Hash
	count int64
	err   error
}

// NewWriter begins a file. Errors are told by Close.
func NewWriter(to io.Writer, head Head) *Writer {
	w := &Writer{to: bufio.NewWriterSize(to, 64<<10), hash: sha256.New()}
	w.write([]byte(firstLine))
	w.write(numbers(head.Revision, head.Made.Unix()))
	return w
}

// numbers are big-endian, eight bytes each.
func numbers(of ...int64) (b []byte) {
	for _, n := range of {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}

// write adds bytes that the checksum is of; after an error it does nothing, and Close tells.
func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, _ = w.hash.Write(b) // hashes never fail
		_, w.err = w.to.Write(b)
	}
}

// Put adds a document. Lengths stand before what they are of, so that keys and bodies may
// have any bytes.
func (w *Writer) Put(d store.Document) error {
	// Refused while it is written: a reader would take such a length for damage.
	if len(d.Body) > maxBody {
		return fmt.Errorf("the body of %s is too large for a backup", d.Key)
	}
	head := append([]byte{aDocument}, numbers(d.Created, d.Revision)...)
	head = binary.BigEndian.AppendUint32(head, uint32(len(d.Key)))
	head = binary.BigEndian.AppendUint32(head, uint32(len(d.Body)))
	w.write(head)
	w.write([]byte(d.Key))
	w.write(d.Body)
	w.count++
	return w.err
}

// Close writes the end, which makes the file complete: how many documents there are, and
// the checksum of all before it.
func (w *Writer) Close() error {
	w.write(append([]byte{anEnd}, numbers(w.count)...))
	if w.err == nil {
		_, w.err = w.to.Write(w.hash.Sum(nil))
	}
	if w.err == nil {
		w.err = w.to.Flush()
	}
	return w.err
}

// Read reads a whole file and hands on its documents, in their order. Without an error
// the file is what was written. found may be nil; its errors end the reading.
func Read(from io.Reader, found func(store.Document) error) (head Head, documents int, err error) {
	r := &reader{from: bufio.NewReaderSize(from, 64<<10), hash: sha256.New()}
	if err := r.firstLine(); err != nil {
		return Head{}, 0, err
	}
	b, err := r.next(headSize)
	if err != nil {
		return Head{}, 0, err
	}
	head = Head{int64(binary.BigEndian.Uint64(b)), time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0).UTC()}
	for {
		kind, err := r.next(1)
		switch {
		case err != nil:
			return Head{}, 0, err
		case kind[0] == anEnd:
			return head, documents, r.end(documents)
		case kind[0] != aDocument:
			return Head{}, 0, ErrDamaged
		}
		d, err := r.document()
		if err != nil {
			return Head{}, 0, err
		}
		documents++
		if found != nil {
			if err := found(d); err != nil {
				return Head{}, 0, err
			}
		}
	}
}

// reader reads a file that may be anything: it believes no length and no count before the
// checksum has been compared.
type reader struct {
	from *bufio.Reader
	hash hash.Hash
}

// next is so many bytes that the checksum is of; it is what keeps a length that was made up
// from being believed.
func (r *reader) next(n int) ([]byte, error) {
	var b bytes.Buffer // grows with what comes, not with what was announced
	if _, err := io.CopyN(&b, r.from, int64(n)); err != nil {
		return nil, short(err)
	}
	_, _ = r.hash.Write(b.Bytes())
	return b.Bytes(), nil
}

// short is an end before the end. An error of the disk stays one.
func short(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrShort
	}
	return err
}

// firstLine knows files of ours, and of which form. A newer form is refused by its name: it
// may well have a checksum that fits.
func (r *reader) firstLine() error {
	line, err := r.next(len(firstLine))
	switch {
	case err == ErrShort:
		return ErrForeign
	case err != nil:
		return err
	case string(line) == firstLine:
		return nil
	case strings.HasPrefix(string(line), family):
		return ErrNewer
	}
	return ErrForeign
}

// document reads one, with lengths that a store could have.
func (r *reader) document() (d store.Document, err error) {
	head, err := r.next(recordSize)
	if err != nil {
		return d, err
	}
	d.Created, d.Revision = int64(binary.BigEndian.Uint64(head)), int64(binary.BigEndian.Uint64(head[8:]))
	key, body := binary.BigEndian.Uint32(head[16:]), binary.BigEndian.Uint32(head[20:])
	if key > store.MaxKey || body > maxBody {
		return d, ErrDamaged
	}
	name, err := r.next(int(key))
	if err != nil {
		return d, err
	}
	d.Key = store.Key(name)
	d.Body, err = r.next(int(body))
	return d, err
}

// end checks what is behind the last document: how many there were, the checksum of all
// before it, and that nothing follows.
func (r *reader) end(documents int) error {
	count, err := r.next(8)
	if err != nil {
		return err
	}
	kept := make([]byte, sha256.Size)
	if _, err := io.ReadFull(r.from, kept); err != nil {
		return short(err)
	}
	if !bytes.Equal(kept, r.hash.Sum(nil)) || binary.BigEndian.Uint64(count) != uint64(documents) {
		return fmt.Errorf("%w: its checksum does not match", ErrDamaged)
	}
	if _, err := r.from.ReadByte(); err != io.EOF {
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	}
	return nil
}
