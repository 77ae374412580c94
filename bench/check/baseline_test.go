package main

import "testing"

func TestWhatHasGrownIsNamed(t *testing.T) {
	was := counts{Allocations: 20, Bytes: 1000, Instructions: 50_000}
	for _, row := range []struct {
		now, was counts
		want     string
	}{
		{was, was, ""},
		{counts{21, 1050, 52_500}, was, ""}, // 5 % is not more than 5 %
		{counts{22, 900, 40_000}, was, "allocations 22, were 20"},
		{counts{20, 1051, 60_000}, was, "bytes 1051, were 1000, instructions 60000, were 50000"},
		{counts{20, 1000, 0}, was, ""}, // without valgrind
		{counts{20, 1000, 70_000}, counts{Allocations: 20, Bytes: 1000}, ""},
		{counts{1, 80, 100}, counts{Instructions: 100}, "allocations 1, were 0, bytes 80, were 0"},
	} {
		if got := row.now.over(row.was); got != row.want {
			t.Errorf("%+v beside %+v: got %q, want %q", row.now, row.was, got, row.want)
		}
	}
	if got := (counts{3, 5, 7}).least(counts{4, 4, 6}); got != (counts{3, 4, 6}) {
		t.Errorf("got %+v", got)
	}
}
