package schema

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDecimal(t *testing.T) {
	for _, row := range []struct {
		text, key       string
		integer, beyond bool
	}{
		{"0", "0", true, false},
		{"-0", "0", true, false},
		{"0.000", "0", true, false},
		{"0e5", "0", true, false},
		{"0e9999999", "0", true, true},
		{"12", "12e0", true, false},
		{"1200", "12e2", true, false},
		{"-1.50", "-15e-1", false, false},
		{"2.0", "2e0", true, false},
		{"1.5e1", "15e0", true, false},
		{"1E+2", "1e2", true, false},
		{"100e-2", "1e0", true, false},
		{"1e-1", "1e-1", false, false},
		{"0.001", "1e-3", false, false},
		{"1e400", "1e400", true, false},
		{"1e401", "1e401", true, true},
		{"1e-400", "1e-400", false, false},
		{"1e-401", "1e-401", false, true},
		{"1e9999999", "1e9999999", true, true},
		{"1e-9999999", "1e-9999999", false, true},
		{"1e99999999999999999999", "", true, true},
		{"1e-99999999999999999999", "", false, true},
		{"9" + strings.Repeat("1", 4095), "", true, false},
		{"9" + strings.Repeat("1", 4096), "", true, true},
		{"0." + strings.Repeat("0", 4095) + "1", "", false, true},
	} {
		d := readDecimal(row.text)
		if d.integer() != row.integer || d.beyond != row.beyond {
			t.Errorf("%.40s: got integer %v and beyond %v, want %v and %v", row.text, d.integer(), d.beyond, row.integer, row.beyond)
		}
		if got := string(d.key(nil)); row.key != "" && got != row.key {
			t.Errorf("%s: got %s, want %s", row.text, got, row.key)
		}
	}
}

// anyNumber makes a number of JSON, of all forms and often close to others.
func anyNumber(r *rand.Rand) string {
	digits := func(most int) string {
		var b strings.Builder
		for range 1 + r.IntN(most) {
			b.WriteByte("0000123459"[r.IntN(10)])
		}
		return b.String()
	}
	text := strings.TrimLeft(digits(25), "0")
	if text == "" {
		text = "0"
	}
	if r.IntN(2) == 0 {
		text = "-" + text
	}
	if r.IntN(2) == 0 {
		text += "." + digits(25)
	}
	if r.IntN(2) == 0 {
		text += fmt.Sprintf("%c%+d", "eE"[r.IntN(2)], r.IntN(60)-30)
	}
	return text
}

// big.Rat is the judge of what can be compared.
func TestDecimalsCompareAsRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a, b := anyNumber(r), anyNumber(r)
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		d, e := readDecimal(a), readDecimal(b)
		if got, want := d.compare(&e), x.Cmp(y); got != want {
			t.Fatalf("%s and %s: got %d, want %d", a, b, got, want)
		}
		if got, want := d.integer(), x.IsInt(); got != want {
			t.Fatalf("%s is an integer: got %v", a, got)
		}
		if got, want := string(d.key(nil)) == string(e.key(nil)), x.Cmp(y) == 0; got != want {
			t.Fatalf("%s and %s are equal: got %v", a, b, got)
		}
		if back := exactly(x); back.compare(&d) != 0 {
			t.Fatalf("%s comes back as %v", a, back)
		}
		if y.Sign() > 0 {
			if got, want := newUnit(y).divides(&d), new(big.Rat).Quo(x, y).IsInt(); got != want {
				t.Fatalf("%s is a multiple of %s: got %v", a, b, got)
			}
		}
	}
}
