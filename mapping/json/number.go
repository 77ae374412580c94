package json

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// number reads the number at i, or a word that begins like one. An integer has
// the smallest Java type that holds it, which templates notice: they compare by
// class and call methods of it.
//
// RFC 8259 section 6 sets no bound on numbers, so what no long holds stays exact.
func (p *parser) number() error {
	b, start := p.b, p.i
	i := start
	neg := b[i] == '-'
	if neg {
		i++
	}
	first := i
	var v uint64
	for i < len(b) && b[i]-'0' <= 9 {
		v = v*10 + uint64(b[i]-'0')
		i++
	}
	if c := p.at(i); c == '.' || c == 'e' || c == 'E' {
		return p.fraction(start, first, i)
	}
	if !p.lenient {
		if err := p.strictInteger(start, first, i); err != nil {
			return err
		}
	} else if (p.at(i) != ',' || p.open == none) && p.wordGoesOn(i) {
		return p.unquoted(start)
	}
	digits := i - first
	kind, flags := Int, flagPlain
	if digits == 0 || digits > 1 && b[first] == '0' || neg && v == 0 {
		flags, p.odd = 0, i
	}
	if digits > 18 {
		kind, v = large(b[start:i], digits, neg)
	}
	n := int64(v)
	if neg {
		n = -n
	}
	if kind == Int && int64(int32(n)) != n {
		kind = Long
	}
	if kind == Big {
		n = 0
	}
	p.add().set(kind, flags, start, i, uint64(n))
	if p.i = i; i < len(b) && b[i] <= ' ' {
		p.blank()
	}
	return nil
}

// large sorts an integer of more than 18 digits into Long or Big, as Java's
// reader does: by its length first, so that leading zeros count.
func large(s []byte, digits int, neg bool) (Kind, uint64) {
	if digits > 19 {
		return Big, 0
	}
	if neg {
		s = s[1:]
	}
	v, err := strconv.ParseUint(string(s), 10, 64)
	switch {
	case err != nil || v > math.MaxInt64 && (!neg || v != 1<<63):
		return Big, v
	case int64(v) <= math.MaxInt32 && int64(v) >= 0:
		return Int, v
	}
	return Long, v
}

// RFC 8259 section 6: at least one digit, and no zero before others.
func (p *parser) strictInteger(start, first, i int) error {
	switch {
	case i == first:
		return p.badToken(p.text[start:i], start, 0)
	case i-first > 1 && p.b[first] == '0':
		return p.leadingZero(p.text[start:i], start)
	}
	return nil
}

// wordGoesOn tells whether something follows the digits that makes them part of
// an unquoted string, as in 12ab or a date.
func (p *parser) wordGoesOn(i int) bool {
	for i < len(p.b) && p.b[i] <= ' ' && p.b[i] != eoi {
		i++
	}
	if i >= len(p.b) {
		return false
	}
	c := p.b[i]
	return c < 126 && !p.stops(c)
}

// fraction reads on in a number whose integer digits are b[first:i]. Leniently a
// point needs no digits beside it, as in Java's Double.parseDouble.
//
// RFC 8259 section 6 wants digits on both sides of the point and behind the e.
func (p *parser) fraction(start, first, i int) error {
	b := p.b
	digits, frac := i-first, 0
	if p.at(i) == '.' {
		i++
		for i < len(b) && b[i]-'0' <= 9 {
			i++
			frac++
		}
	}
	exp, e := 0, p.at(i)|0x20 == 'e' && i < len(b)
	if e {
		i++
		signed := p.at(i) == '+' || p.at(i) == '-'
		if signed {
			i++
		}
		for i < len(b) && b[i]-'0' <= 9 {
			i++
			exp++
		}
		if !signed && exp == 0 {
			if p.lenient {
				return p.unquoted(start)
			}
			return p.badToken(p.text[start:i], start, 0)
		}
	}
	if !p.lenient {
		point := e && b[first+digits] != '.'
		if digits == 0 || digits > 1 && b[first] == '0' || e && exp == 0 || frac == 0 && !point {
			return p.badToken(p.text[start:i], start, 0)
		}
	} else if p.wordGoesOn(i) {
		return p.unquoted(start)
	}
	return p.endFraction(start, i, digits+frac > 0 && (!e || exp > 0))
}

// Observed in json-smart: numbers of more than 18 characters are kept exactly, as
// BigDecimal, others are doubles.
func (p *parser) endFraction(start, i int, ok bool) error {
	t := token{kind: Double, start: uint32(start), end: uint32(i)}
	s := p.text[start:i]
	if len(s) > 18 {
		t.kind = Decimal
		if fits := decimalFits(s); !fits && !p.lenient {
			t.kind = Double // of the strict dialect nothing is refused
		} else {
			ok = ok && fits
		}
	}
	if !ok {
		return p.badNumber(start, i)
	}
	if t.kind == Double && printsAsIs(s) {
		t.flags = flagPlain
	} else {
		p.odd = i
	}
	p.tape = append(p.tape, t)
	p.i = i
	p.blank()
	return nil
}

// printsAsIs tells whether Java prints a double exactly as it stands here: no
// exponent, no needless zeros, few digits.
//
// Documented: java.lang.Double, toString: from 10^7 on there is an exponent, hence no
// more than seven digits before the point.
func printsAsIs(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, frac, _ := strings.Cut(s, ".")
	if len(s) > 15 || len(whole) == 0 || len(whole) > 7 || len(frac) == 0 || strings.IndexByte(frac, 'e') >= 0 || strings.IndexByte(frac, 'E') >= 0 {
		return false
	}
	if whole[0] == '0' && (len(whole) > 1 || frac[0] == '0') {
		return false
	}
	return frac == "0" || frac[len(frac)-1] != '0'
}

// AppendDouble appends a double as Java's Double.toString prints it. Documented
// there: decimal from 10^-3 up to 10^7, otherwise with an exponent, always with a
// fraction.
func AppendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e7 && (f != 0 || !math.Signbit(f)) {
		return append(strconv.AppendInt(dst, int64(f), 10), '.', '0')
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		if f == 0 {
			dst = append(dst, ".0"...)
		}
		return dst
	}
	return appendScientific(dst, f)
}

// appendScientific prints a double with an exponent.
// Documented: java.lang.Double, toString: at least one digit stands behind the
// point, so that 4.9E-324 is not rounded to 5.
func appendScientific(dst []byte, f float64) []byte {
	var buf [32]byte
	s := strconv.AppendFloat(buf[:0], f, 'e', -1, 64)
	if a := math.Abs(f); a >= 1<<54 && a < 1<<63 {
		s = AppendLargeInteger(buf[:0], f, 53)
	}
	mark := bytes.IndexByte(s, 'e')
	if bytes.IndexByte(s, '.') < 0 {
		s = strconv.AppendFloat(buf[:0], f, 'e', 1, 64)
		mark = bytes.IndexByte(s, 'e')
	}
	dst = append(append(dst, s[:mark]...), 'E')
	if s[mark+1] == '-' {
		dst = append(dst, '-')
	}
	return append(dst, bytes.TrimLeft(s[mark+2:], "0")...)
}

// AppendLargeInteger appends a whole number of less than 63 bits that has more
// bits than the significant ones of its type, in the form 1.5e+17.
//
// Observed: Java up to version 18 does not look for the shortest form here; it
// drops as many digits as the bits that are lost make meaningless, and so
// sometimes prints one digit more than needed.
func AppendLargeInteger(dst []byte, f float64, significant int) []byte {
	n := int64(math.Abs(f))
	drop, exp := 0, 0
	if p := bits.Len64(uint64(n)) - 2 - significant; p > 1 && p < len(meaningless) {
		drop = int(meaningless[p])
	}
	if drop > 0 {
		pow := int64(1)
		for range drop {
			pow *= 10
		}
		rest := n % pow
		n /= pow
		if rest >= pow/2 {
			n++
		}
		exp = drop
	}
	for n%10 == 0 && n > 0 {
		n /= 10
		exp++
	}
	if f < 0 {
		dst = append(dst, '-')
	}
	digits := strconv.FormatInt(n, 10)
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	return strconv.AppendInt(append(dst, "e+"...), int64(exp+len(digits)-1), 10)
}

// meaningless[p] is the number of decimal digits that p bits make.
var meaningless = [...]uint8{
	0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5,
	6, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9, 10, 10, 10, 11, 11, 11,
}
