package httpapi

import "testing"

// Long bodies are copied in long pieces, while few of those are lent; all come back.
func TestLongPiecesAreBounded(t *testing.T) {
	var all []lent
	for range mostLong + 10 {
		all = append(all, borrow(piece+1))
	}
	for n, l := range all {
		want := longPiece
		if n >= mostLong {
			want = piece
		}
		if got := len(l.bytes()); got != want {
			t.Errorf("the %d. is of %d bytes, want %d", n+1, got, want)
		}
		l.giveBack()
	}
	for length, want := range map[int64]int{-1: piece, 0: piece, piece: piece, piece + 1: longPiece} {
		l := borrow(length)
		if got := len(l.bytes()); got != want {
			t.Errorf("for %d bytes: %d, want %d", length, got, want)
		}
		l.giveBack()
	}
	if left := longLent.Load(); left != 0 {
		t.Errorf("%d are lent for ever", left)
	}
}
