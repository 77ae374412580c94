package json

import "math/big"

// fewDigits are read at once. The standard library takes quadratic time for more,
// and memory to match. A payload of a megabyte may be one number.
const fewDigits = 2048

// BigInt reads an integer of any length: a sign, if there is one, and digits.
// It is nil when text is anything else.
func BigInt(text string) *big.Int {
	digits := text
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	for i := range len(digits) {
		if digits[i]-'0' > 9 {
			return nil
		}
	}
	if digits == "" {
		return nil
	}
	n := halves(digits, map[int]*big.Int{})
	if text[0] == '-' {
		n.Neg(n)
	}
	return n
}

// halves reads each half of the digits by itself: multiplying large halves is
// where package math/big is quick. Powers of ten are shared by all parts of one
// length.
func halves(digits string, powers map[int]*big.Int) *big.Int {
	if len(digits) <= fewDigits {
		n, _ := new(big.Int).SetString(digits, 10)
		return n
	}
	low := len(digits) / 2
	power := powers[low]
	if power == nil {
		power = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(low)), nil)
		powers[low] = power
	}
	n := halves(digits[:len(digits)-low], powers)
	n.Mul(n, power)
	return n.Add(n, halves(digits[len(digits)-low:], powers))
}
