package schema

import (
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// What a number may be to be compared. A number of ten bytes can stand for one of
// ten million digits, so that computing it out would be an attack of ten bytes.
// RFC 8259 section 6 expects readers to have bounds of this kind; doubles end at
// 1E308.
const (
	maxExponent = 400
	maxDigits   = 4096
)

// decimal is a number as it stands in JSON: 0.digits × 10^point. Nothing is
// rounded, for 0.1 is a multiple of 0.01 in a model and not in binary.
type decimal struct {
	negative bool
	digits   string // without zeros at either end; "" is zero
	point    int
	beyond   bool // its exponent or digits are too many for it to be compared
}

// readDecimal reads a number of JSON, whose form was checked. It costs what the
// text is long, whatever the number is.
func readDecimal(text string) decimal {
	var d decimal
	text, d.negative = strings.CutPrefix(text, "-")
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], readExponent(text[i+1:])
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.beyond = exponent > maxExponent || exponent < -maxExponent || len(whole)+len(fraction) > maxDigits
	d.point = len(whole) + exponent
	digits := whole
	if fraction != "" {
		digits = whole + fraction
	}
	trimmed := strings.TrimLeft(digits, "0")
	d.point -= len(digits) - len(trimmed)
	if d.digits = strings.TrimRight(trimmed, "0"); d.digits == "" {
		d.point, d.negative = 0, false
	}
	return d
}

// readExponent is the number behind the e, as far as it matters.
func readExponent(text string) int {
	const far = 1 << 30 // more than any text has digits
	n, err := strconv.Atoi(text)
	switch {
	case err == nil:
		return min(max(n, -far), far)
	case strings.HasPrefix(text, "-"):
		return -far
	}
	return far
}

// integer says whether there is no fraction, however the number is spelled: 2.0
// is an integer. Draft 4 looks at the literal (core section 3.5), its successors
// and the compiler's library at the value.
func (d *decimal) integer() bool { return d.point >= len(d.digits) }

// compare is -1, 0 or 1.
func (d *decimal) compare(other *decimal) int {
	if d.negative != other.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	order := d.magnitude(other)
	if d.negative {
		return -order
	}
	return order
}

// Zeros at the ends are gone, so the place of the point decides first and then
// the digits, as texts.
func (d *decimal) magnitude(other *decimal) int {
	switch {
	case d.digits == "" || other.digits == "":
		return min(len(d.digits), 1) - min(len(other.digits), 1)
	case d.point != other.point:
		return sign(d.point - other.point)
	}
	return strings.Compare(d.digits, other.digits)
}

func sign(n int) int { return min(max(n, -1), 1) }

// unit is what numbers are to be multiples of. It is not zero.
type unit struct {
	decimal
	small uint64   // its digits, where a machine word holds them
	big   *big.Int // its digits, where none does
}

// A machine word holds any unit that somebody writes; the long way is for the
// others.
func newUnit(r *big.Rat) *unit {
	u := &unit{decimal: *exactly(r)}
	if len(u.digits) <= 19 {
		u.small, _ = strconv.ParseUint(u.digits, 10, 64)
	} else {
		u.big, _ = new(big.Int).SetString(u.digits, 10)
	}
	return u
}

// steps is what it costs to ask whether d is a multiple.
func (u *unit) steps(d *decimal) int {
	if u.big == nil {
		return 1 + len(d.digits)/2
	}
	return 50 + len(d.digits) + len(d.digits)*len(u.digits)/1000 + len(u.digits)*len(u.digits)/100
}

// divides says whether d is a whole number of times the unit (validation draft 4
// section 5.1.1): digits × 10^zeros must have no remainder. Digits that end in no
// zero are no multiple of ten, so a unit of a higher place never divides them.
func (u *unit) divides(d *decimal) bool {
	zeros := d.point - len(d.digits) - (u.point - len(u.digits))
	switch {
	case d.digits == "":
		return true
	case zeros < 0:
		return false
	case u.big == nil:
		return product(remainder(d.digits, u.small), power(zeros, u.small), u.small) == 0
	}
	n, _ := new(big.Int).SetString(d.digits, 10)
	n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), u.big))
	return n.Rem(n, u.big).Sign() == 0
}

// remainder is digits mod m.
func remainder(digits string, m uint64) (r uint64) {
	for i := range len(digits) {
		high, low := bits.Mul64(r, 10)
		low, carry := bits.Add64(low, uint64(digits[i]-'0'), 0)
		r = bits.Rem64(high+carry, low, m)
	}
	return r
}

// power is 10^n mod m.
func power(n int, m uint64) uint64 {
	result, base := 1%m, 10%m
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			result = product(result, base, m)
		}
		base = product(base, base, m)
	}
	return result
}

// product is a × b mod m.
func product(a, b, m uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return bits.Rem64(high, low, m)
}

// key is a text that equal numbers share and others do not.
func (d *decimal) key(dst []byte) []byte {
	if d.digits == "" {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	dst = append(append(dst, d.digits...), 'e')
	return strconv.AppendInt(dst, int64(d.point-len(d.digits)), 10)
}

// exactly is the decimal of a number that a model has, which was one.
func exactly(r *big.Rat) *decimal {
	places, _ := r.FloatPrec()
	d := readDecimal(r.FloatString(places))
	d.beyond = false
	return &d
}
