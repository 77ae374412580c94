package store

import (
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/internal/uripath"
)

// MaxKey is how many bytes a key may have.
const MaxKey = 2048

// Key names a document: segments with slashes between them, each escaped as in the
// path of a URL, as in "us-east-1/apis/a1b2c3d4e5/routes/r1r2r3r". Join escapes,
// Split takes it back.
type Key string

// Join makes a key of segments, which may hold any text but the empty one.
func Join(segments ...string) Key { return Key("").Child(segments...) }

// Child is the key with segments added below it.
func (k Key) Child(segments ...string) Key {
	n := len(k)
	for _, s := range segments {
		n += len(s) + 1
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteString(string(k))
	for i, s := range segments {
		if i > 0 || k != "" {
			b.WriteByte('/')
		}
		b.WriteString(url.PathEscape(s))
	}
	return Key(b.String())
}

// Split gives the segments of a key, unescaped; none for the empty key. A segment
// that Join did not make stays as it is.
func Split(k Key) []string {
	if k == "" {
		return nil
	}
	segments := strings.Split(string(k), "/")
	for i, s := range segments {
		segments[i] = uripath.Unescape(s)
	}
	return segments
}

// Parent is the key without its last segment, empty at the top.
func (k Key) Parent() Key {
	if i := strings.LastIndexByte(string(k), '/'); i >= 0 {
		return k[:i]
	}
	return ""
}

// Name is the last segment, unescaped.
func (k Key) Name() string {
	return uripath.Unescape(string(k[strings.LastIndexByte(string(k), '/')+1:]))
}

// Below says whether the key is somewhere below prefix; everything but the empty
// key is below the empty prefix, and no key is below itself.
func (k Key) Below(prefix Key) bool {
	if prefix == "" {
		return k != ""
	}
	return len(k) > len(prefix)+1 && k[len(prefix)] == '/' && k[:len(prefix)] == prefix
}

// Check answers ErrKey for a key that no document may have.
func (k Key) Check() error {
	if k == "" || len(k) > MaxKey || k[0] == '/' || k[len(k)-1] == '/' || strings.Contains(string(k), "//") {
		return ErrKey
	}
	return nil
}
