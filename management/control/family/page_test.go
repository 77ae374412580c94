package family

import "testing"

func TestPageTokens(t *testing.T) {
	for _, n := range []int64{1, 127, 128, 1 << 40} {
		if got, err := readToken(PageToken(n)); err != nil || got != n {
			t.Errorf("%d: got %d (%v), want it back", n, got, err)
		}
	}
}

func FuzzReadToken(f *testing.F) {
	f.Add("AQE")
	f.Add("AQ")
	f.Add("Ag__")
	f.Fuzz(func(t *testing.T, token string) {
		if n, err := readToken(token); err == nil && n < 0 {
			t.Errorf("%q: got %d, want no token before the beginning", token, n)
		}
	})
}
