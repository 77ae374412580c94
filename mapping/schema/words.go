package schema

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Assumed: what AWS says of such numbers is not known; it computes with them.
var incomparable = "numeric instance cannot be compared: its exponent is beyond " + strconv.Itoa(maxExponent) +
	" or it has more than " + strconv.Itoa(maxDigits) + " digits"

// broken words the violation of a bound.
// Observed: the words of bounds that are not exclusive. The others are the
// library's.
func (b *bound) broken(literal string) string {
	switch {
	case b.exclusive && b.upper:
		return "exclusiveMaximum: got " + plain(literal) + ", want " + b.limit.String()
	case b.exclusive:
		return "exclusiveMinimum: got " + plain(literal) + ", want " + b.limit.String()
	case b.upper:
		return "numeric instance is greater than the required maximum (maximum: " + b.limit.String() + ", found: " + plain(literal) + ")"
	}
	return "numeric instance is lower than the required minimum (minimum: " + b.limit.String() + ", found: " + plain(literal) + ")"
}

// plain is a number without exponent, where that is not long: 1E400 would fill a
// log.
func plain(literal string) string {
	d := readDecimal(literal)
	if d.beyond {
		return cut(literal)
	}
	return d.String()
}

// String is the number without exponent, where that is not long.
func (d *decimal) String() string {
	const long = 40
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	switch n := len(d.digits); {
	case max(d.point, -d.point, n) > long:
		b.WriteString(cut(d.digits) + "E" + strconv.Itoa(d.point-n))
	case d.point >= n:
		b.WriteString(d.digits + strings.Repeat("0", d.point-n))
	case d.point > 0:
		b.WriteString(d.digits[:d.point] + "." + d.digits[d.point:])
	default:
		b.WriteString("0." + strings.Repeat("0", -d.point) + d.digits)
	}
	return b.String()
}

// badFormat is the library's wording. What AWS says of formats was not seen.
func badFormat(got, name string, err error) string {
	return detail(&kind.Format{Got: cut(got), Want: name, Err: err})
}

// detail is what the library says of a violation, without where.
func detail(k jsonschema.ErrorKind) string {
	text := (&jsonschema.ValidationError{ErrorKind: k}).Error()
	// Before it stands the place in the library's form; ours is told beside it already.
	if i := strings.Index(text, "': "); i >= 0 {
		text = text[i+3:]
	}
	return strings.ReplaceAll(text, "\n", " ")
}

// shown is a value as violations show it.
func shown(n json.Node) string {
	switch k := n.Kind(); {
	case k == json.String:
		return strconv.Quote(cut(n.Text()))
	case k >= json.Array:
		b, _ := n.Append(nil, json.Compact, shownBytes) // the beginning is enough
		return cut(string(b))
	case k == json.Null || k == json.Bool:
		return n.JSON()
	}
	return cut(n.Number())
}

// A violation quotes payloads, and ends in logs and in frames to clients.
const shownBytes = 1024

// cut is a text that is not long, or the beginning of one.
func cut(s string) string {
	if len(s) <= shownBytes {
		return s
	}
	end := shownBytes
	// Half a character is no UTF-8, which a text frame to a client must be (RFC 6455, 5.6).
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}

// Names stand in brackets and quotes.
// Observed: that form, of missing properties.
func quoted(list []string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		if b.Len() > shownBytes {
			b.WriteString("...")
			break
		}
		b.WriteString(strconv.Quote(cut(s)))
	}
	b.WriteByte(']')
	return b.String()
}

func apostrophe(s string) string { return "'" + strings.ReplaceAll(cut(s), "'", `\'`) + "'" }

func apostrophes(list []string) string {
	words := make([]string, 0, len(list))
	for _, s := range list[:min(len(list), 20)] {
		words = append(words, apostrophe(s))
	}
	return strings.Join(words, ", ")
}
