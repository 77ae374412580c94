package json

import (
	"math"
	"math/big"
	"strconv"
	"testing"
)

func TestAppendDouble(t *testing.T) {
	for _, tt := range []struct {
		f    float64
		want string
	}{
		{0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {1, "1.0"}, {-3, "-3.0"}, {3.25, "3.25"}, {0.1, "0.1"},
		{0.001, "0.001"}, {0.00099, "9.9E-4"}, {1e-4, "1.0E-4"}, {9999999, "9999999.0"}, {1e7, "1.0E7"},
		{1234567.5, "1234567.5"}, {12345678, "1.2345678E7"}, {1e21, "1.0E21"}, {1e100, "1.0E100"}, {1.5e-10, "1.5E-10"},
		{math.SmallestNonzeroFloat64, "4.9E-324"}, {math.MaxFloat64, "1.7976931348623157E308"},
		{math.Inf(1), "Infinity"}, {math.Inf(-1), "-Infinity"}, {math.NaN(), "NaN"}, {1.0 / 3, "0.3333333333333333"},
	} {
		if got := string(AppendDouble(nil, tt.f)); got != tt.want {
			t.Errorf("%v prints as %s, want %s", tt.f, got, tt.want)
		}
	}
}

func TestIntegerKinds(t *testing.T) {
	for _, tt := range []struct {
		in   string
		kind Kind
		n    int64
	}{
		{"0", Int, 0}, {"-0", Int, 0}, {"2147483647", Int, math.MaxInt32}, {"-2147483648", Int, math.MinInt32},
		{"2147483648", Long, math.MaxInt32 + 1}, {"-2147483649", Long, math.MinInt32 - 1},
		{"999999999999999999", Long, 999999999999999999}, {"9223372036854775807", Long, math.MaxInt64},
		{"-9223372036854775808", Long, math.MinInt64}, {"9223372036854775808", Big, 0}, {"-9223372036854775809", Big, 0},
		{"0000000000000000005", Int, 5}, {"00000000000000000005", Big, 0},
	} {
		d, err := Parse(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		n := d.Root()
		want, _ := new(big.Int).SetString(tt.in, 10)
		if n.Kind() != tt.kind || n.Int64() != tt.n || n.Big().Cmp(want) != 0 {
			t.Errorf("%s is kind %d, %d, %s, want kind %d, %d", tt.in, n.Kind(), n.Int64(), n.Big(), tt.kind, tt.n)
		}
		if f, _ := strconv.ParseFloat(tt.in, 64); n.Float64() != f {
			t.Errorf("%s as a double is %v, want %v", tt.in, n.Float64(), f)
		}
		d.Release()
	}
}

func TestDecimals(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"1.2345678901234567890123", "1.2345678901234567890123"},
		{"-0.00000012345678901234567", "-1.2345678901234567E-7"},
		{"0.0000012345678901234567", "0.0000012345678901234567"},
		{"1.0000000000000000000e400", "1.0000000000000000000E+400"},
		{"0.00000000000000000000", "0E-20"},
		{"123456789012345678e-3", "123456789012345.678"},
		{"12345678901234567890e0", "12345678901234567890"},
	} {
		d, err := Parse(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		if n := d.Root(); n.Kind() != Decimal || n.DecimalText() != tt.want || n.JSON() != tt.want {
			t.Errorf("%s is kind %d, %s, want %s", tt.in, n.Kind(), n.DecimalText(), tt.want)
		}
		d.Release()
	}
}
