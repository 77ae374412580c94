package sam

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// digest is what ends a logical id that changes with a value: ten digits of the SHA-1 of
// a text, or of the JSON that Python writes of anything else, its keys sorted. Nothing
// gives nothing.
// Observed: expected outputs in the tests of the transform.
func digest(n tree.Node) string {
	written := n.Text()
	if n.IsObject() || n.IsList() {
		b := &strings.Builder{}
		python(b, n)
		written = b.String()
	}
	if written == "" {
		return ""
	}
	sum := sha1.Sum([]byte(written))
	return hex.EncodeToString(sum[:])[:10]
}

// python writes JSON without spaces and with its keys sorted.
// Observed: the translator hashes this text. One other byte makes another logical id, and a
// template that names the id that AWS makes would lead nowhere.
func python(b *strings.Builder, n tree.Node) {
	switch {
	case n.IsObject():
		values := map[string]tree.Node{}
		for name, value := range n.Members() {
			values[name] = value
		}
		names := make([]string, 0, len(values))
		for name := range values {
			names = append(names, name)
		}
		slices.Sort(names)
		b.WriteByte('{')
		for i, name := range names {
			separated(b, i)
			quoted(b, name)
			b.WriteByte(':')
			python(b, values[name])
		}
		b.WriteByte('}')
	case n.IsList():
		b.WriteByte('[')
		for i, item := range n.Items() {
			separated(b, i)
			python(b, item)
		}
		b.WriteByte(']')
	default:
		scalar(b, n)
	}
}

func separated(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

// scalar writes what has no parts.
// Assumed: numbers have the form that the template gives them. Python writes the number
// that it has read, which looks otherwise for 1e3.
func scalar(b *strings.Builder, n tree.Node) {
	switch n.Tag() {
	case "!!null":
		b.WriteString("null")
	case "!!bool":
		b.WriteString(strconv.FormatBool(yes(n)))
	case "!!int", "!!float":
		b.WriteString(n.Text())
	default:
		quoted(b, n.Text())
	}
}

// quoted writes a text as Python's json.dumps does, in ASCII.
func quoted(b *strings.Builder, s string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case short[r] != "":
			b.WriteString(short[r])
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escaped(b, high)
			escaped(b, low)
		default:
			escaped(b, r)
		}
	}
	b.WriteByte('"')
}

func escaped(b *strings.Builder, r rune) {
	digits := strconv.FormatInt(int64(r), 16)
	b.WriteString(`\u` + strings.Repeat("0", 4-len(digits)) + digits)
}
