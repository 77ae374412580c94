package json

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// A double is what the standard library reads, however it is written.
func TestDoublesAreTheNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := []string{"0.0", "1.", ".5", "-0.0", "0.1", "12.50", "99999999999999.", "9007199254740993.0", "9007199254740993.", "1e3", "1.5e-7", "0.00000000000001", "123456789012.34"}
	for range 20000 {
		text := strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
		at := r.IntN(len(text) + 1)
		texts = append(texts, text[:at]+"."+text[at:])
	}
	for _, text := range texts {
		want, _ := strconv.ParseFloat(text, 64)
		if got := double(text); got != want {
			t.Fatalf("%s: got %v, want %v", text, got, want)
		}
	}
}
