package archive

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

func document(key store.Key, created, revision int64, body string) store.Document {
	return store.Document{Key: key, Created: created, Revision: revision, Body: []byte(body)}
}

var some = []store.Document{
	document("us-east-1/apis/a", 1, 7, `{"name":"a"}`),
	document("empty", 2, 2, ""),
	document("us-east-1/snapshots/d", 3, 3, strings.Repeat("large ", 200)),
}

func written(t testing.TB, head Head, documents []store.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, head)
	for _, d := range documents {
		if err := w.Put(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (head Head, documents []store.Document, err error) {
	head, n, err := Read(iotest.HalfReader(bytes.NewReader(b)), func(d store.Document) error {
		documents = append(documents, d)
		return nil
	})
	if err == nil && n != len(documents) {
		return head, documents, fmt.Errorf("counted %d", n)
	}
	return head, documents, err
}

func same(a, b store.Document) bool {
	return a.Key == b.Key && a.Created == b.Created && a.Revision == b.Revision && string(a.Body) == string(b.Body)
}

func TestReadIsWhatWasWritten(t *testing.T) {
	head := Head{Revision: 42, Made: time.Unix(1700000000, 0).UTC()}
	for _, documents := range [][]store.Document{some, nil} {
		got, found, err := read(written(t, head, documents))
		if err != nil || got != head || !slices.EqualFunc(found, documents, same) {
			t.Errorf("got %v %v %v, want %v %v", got, found, err, head, documents)
		}
	}
}

// Whatever byte is missing, changed or too much, the file is refused.
func TestEveryByteCounts(t *testing.T) {
	b := written(t, Head{Revision: 42}, some)
	for at := range b {
		if _, _, err := read(b[:at]); !errors.Is(err, ErrShort) && !errors.Is(err, ErrForeign) {
			t.Fatalf("cut at %d of %d: got %v", at, len(b), err)
		}
		flipped := slices.Clone(b)
		flipped[at] ^= 1 << (at % 8)
		if _, _, err := read(flipped); err == nil {
			t.Fatalf("byte %d of %d has changed: got no error", at, len(b))
		}
	}
	if _, _, err := read(append(slices.Clone(b), 0)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte too much: got %v, want ErrDamaged", err)
	}
}

func TestOtherFiles(t *testing.T) {
	for text, want := range map[string]error{
		"":   ErrForeign,
		"{}": ErrForeign,
		"SQLite format 3\x00" + strings.Repeat("\x00", 4096): ErrForeign,
		"dragoman backup 2\nwhatever":                        ErrNewer,
		firstLine:                                            ErrShort,
	} {
		if _, _, err := read([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%.20q: got %v, want %v", text, err, want)
		}
	}
	full := errors.New("no room")
	w := NewWriter(writer(func([]byte) (int, error) { return 0, full }), Head{})
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("Close: got %v, want the error of the file", err)
	}
	stop := errors.New("enough")
	if _, _, err := Read(bytes.NewReader(written(t, Head{}, some)), func(store.Document) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Read: got %v, want the error of who is handed the documents", err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// Nothing that a file announces costs memory before it is there.
func FuzzRead(f *testing.F) {
	f.Add(written(f, Head{Revision: 1}, some))
	f.Add([]byte(firstLine + strings.Repeat("\x01", 60)))
	f.Fuzz(func(t *testing.T, b []byte) {
		head, documents, err := read(b)
		if err != nil {
			return
		}
		if !bytes.Equal(written(t, head, documents), b) {
			t.Error("what was read is not what is written again")
		}
	})
}
