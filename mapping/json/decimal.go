package json

import (
	"math"
	"strconv"
	"strings"
)

// splitDecimal takes the text of a decimal apart: its digits without leading
// zeros, and the scale, so that the value is digits × 10^-scale.
func splitDecimal(s string) (neg bool, digits string, scale int64) {
	neg = s[0] == '-'
	s = strings.TrimPrefix(s, "-")
	var exp int64
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		// Out of range it is the nearest number of 64 bits, which decimalFits has refused before.
		exp, _ = strconv.ParseInt(strings.TrimPrefix(s[i+1:], "+"), 10, 64)
		s = s[:i]
	}
	whole, frac, _ := strings.Cut(s, ".")
	digits = strings.TrimLeft(whole+frac, "0")
	if digits == "" {
		digits = "0"
	}
	return neg && digits != "0", digits, int64(len(frac)) - exp
}

// decimalFits tells whether Java's BigDecimal can hold the number.
// Documented: java.math.BigDecimal: its scale is a 32-bit integer.
func decimalFits(s string) bool {
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(strings.TrimLeft(s[i+1:], "+-0")) > 10 {
		return false
	}
	_, _, scale := splitDecimal(s)
	return scale >= math.MinInt32 && scale <= math.MaxInt32
}

// printDecimal writes a decimal as Java's BigDecimal.toString does. Documented
// there: plainly when the scale is not negative and the adjusted exponent is at
// least -6, otherwise with an exponent.
func printDecimal(s string) string {
	neg, digits, scale := splitDecimal(s)
	exp := int64(len(digits)-1) - scale
	var b []byte
	if neg {
		b = append(b, '-')
	}
	switch {
	case scale == 0:
		b = append(b, digits...)
	case scale > 0 && exp >= -6:
		if point := int64(len(digits)) - scale; point > 0 {
			b = append(append(append(b, digits[:point]...), '.'), digits[point:]...)
		} else {
			b = append(b, "0."...)
			// Six zeros at most: what is smaller has an exponent.
			b = append(b, "0000000"[:-point]...)
			b = append(b, digits...)
		}
	default:
		b = append(b, digits[0])
		// Documented there: one digit has no point.
		if len(digits) > 1 {
			b = append(append(b, '.'), digits[1:]...)
		}
		if exp != 0 {
			b = append(b, 'E')
			if exp > 0 {
				b = append(b, '+')
			}
			b = strconv.AppendInt(b, exp, 10)
		}
	}
	return string(b)
}
