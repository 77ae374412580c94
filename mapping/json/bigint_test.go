package json

import (
	"math/big"
	"strings"
	"testing"
)

func TestBigInt(t *testing.T) {
	for _, text := range []string{"0", "-1", "+7", "007", "123456789012345678901234567890", strings.Repeat("9", 2048), strings.Repeat("9", 2049), strings.Repeat("1234567890", 700) + "5", "-" + strings.Repeat("70", 5000)} {
		want, _ := new(big.Int).SetString(text, 10)
		if got := BigInt(text); got == nil || got.Cmp(want) != 0 {
			t.Errorf("%.40s: got %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "-", "+", "1_000", "1e5", "0x10", " 1", "1 ", "--1", "é"} {
		if got := BigInt(text); got != nil {
			t.Errorf("%q: got %v, want nil", text, got)
		}
	}
}
