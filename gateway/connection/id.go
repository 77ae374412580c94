package connection

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
)

// ID is a connection id: 3 bytes of node, 8 bytes at random.
type ID [11]byte

// idLength is the length of an id in text: 15 characters and one '='.
const idLength = 16

// ErrMalformedID says that a text is not an id that a gateway gives out.
var ErrMalformedID = errors.New("not a connection id")

// Node is one process of a fleet, 24 bits drawn anew at every start: ids of a
// process that is no more lead nowhere, never to somebody else's client. Those that
// share a store see to it that no two have the same.
type Node uint32

// maxNode is the highest node there is.
const maxNode Node = 1<<24 - 1

// String is how people see a node: six digits, in base 16.
func (n Node) String() string { return fmt.Sprintf("%06x", uint32(n)) }

// NewNode draws a node.
func NewNode() Node {
	var b [3]byte
	rand.Read(b[:]) // never fails, it ends the program instead
	return Node(b[0])<<16 | Node(b[1])<<8 | Node(b[2])
}

// NewID draws the id of a connection that this node holds. Nobody can guess
// another id from it.
func (n Node) NewID() ID {
	var id ID
	rand.Read(id[3:])
	id[0], id[1], id[2] = byte(n>>16), byte(n>>8), byte(n)
	return id
}

// Node is the node that holds the connection.
func (id ID) Node() Node { return Node(id[0])<<16 | Node(id[1])<<8 | Node(id[2]) }

// String is the id as clients see it: base64url with its '=', which does not
// need escaping in a JSON text but may be in a URL.
func (id ID) String() string { return base64.URLEncoding.EncodeToString(id[:]) }

var strict = base64.URLEncoding.Strict()

// ParseID reads an id in the form of String, after percent-decoding. Other
// spellings of the same bytes are ErrMalformedID.
func ParseID(s string) (id ID, err error) {
	if len(s) != idLength {
		return ID{}, ErrMalformedID
	}
	var b [12]byte // what 16 characters decode to at most
	if n, err := strict.Decode(b[:], []byte(s)); err != nil || n != len(id) {
		return ID{}, ErrMalformedID
	}
	return ID(b[:len(id)]), nil
}
