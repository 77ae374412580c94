package connection

import (
	"errors"
	"strings"
	"testing"
)

func TestIDForm(t *testing.T) {
	id := ID{0xff, 0xfe, 0xfd, 0, 1, 2, 3, 4, 5, 6, 7}
	if got := id.String(); got != "__79AAECAwQFBgc=" {
		t.Errorf("id is %s", got)
	}
	if id.Node() != 0xfffefd {
		t.Errorf("node is %x", id.Node())
	}
	if back, err := ParseID(id.String()); err != nil || back != id {
		t.Errorf("ParseID: %v, %v", back, err)
	}
}

func TestParseID(t *testing.T) {
	const good = "__79AAECAwQFBgc="
	for name, s := range map[string]string{
		"empty":                 "",
		"without its =":         good[:15],
		"longer":                good + "=",
		"escaped":               "__79AAECAwQFBgc%3D",
		"standard alphabet":     "//79AAECAwQFBgc=",
		"another spelling":      "__79AAECAwQFBgd=", // the same bytes, stray bits behind
		"12 bytes":              "__79AAECAwQFBgcI",
		"10 bytes":              "__79AAECAwQFBg==",
		"line break within":     "__79AAECAwQFB\n==",
		"line break at the end": good[:15] + "\n",
		"not ASCII":             "__79AAECAwQFé=",
	} {
		if id, err := ParseID(s); !errors.Is(err, ErrMalformedID) {
			t.Errorf("%s: ParseID(%q) is %v, %v, want ErrMalformedID", name, s, id, err)
		}
	}
}

func TestNewID(t *testing.T) {
	nodes := map[Node]bool{}
	for range 100 {
		n := NewNode()
		if n > maxNode {
			t.Fatalf("node %x has more than 24 bits", n)
		}
		nodes[n] = true
	}
	if len(nodes) < 99 {
		t.Errorf("100 nodes have only %d numbers", len(nodes))
	}
	ids := map[ID]bool{}
	for range 10_000 {
		id := Node(0x123456).NewID()
		if id.Node() != 0x123456 {
			t.Fatalf("id %v names node %x", id, id.Node())
		}
		ids[id] = true
	}
	if len(ids) != 10_000 {
		t.Errorf("10,000 ids, only %d different", len(ids))
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"__79AAECAwQFBgc=", "", "=", strings.Repeat("A", 16)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseID(s); err == nil && id.String() != s {
			t.Errorf("%q was read as %v", s, id)
		}
	})
}
