package pattern

import (
	"errors"
	"strings"
	"testing"
)

// Results are not made beyond their bounds.
func TestResultsHaveABound(t *testing.T) {
	text := strings.Repeat("a", 1000)
	for _, row := range []struct {
		pattern, with string
		most          int
		want          error
	}{
		{"a", "bb", 2000, nil}, {"a", "bb", 1999, ErrTooLong}, {"a", "$0$0", 2000, nil}, {"a", "$0$0", 1999, ErrTooLong},
		{"(?=a)", "x", 2000, nil}, {"(?=a)", "x", 1500, ErrTooLong}, {"b", "", 999, nil}, {"a", "", 10, nil}, {"^a", strings.Repeat("$0", 50), 20, ErrTooLong},
	} {
		steps := DefaultSteps
		got, err := MustCompile(row.pattern).ReplaceAll(text, row.with, row.most, &steps)
		if !errors.Is(err, row.want) || err == nil && row.pattern != "b" && len(got) > row.most {
			t.Errorf("%s by %s within %d: got %d bytes, %v", row.pattern, row.with, row.most, len(got), err)
		}
	}
	for _, row := range []struct {
		limit, most int
		want        error
	}{{-1, 1001, nil}, {-1, 1000, ErrTooLong}, {0, 1000, ErrTooLong}, {5, 5, nil}, {5, 4, ErrTooLong}} {
		steps := DefaultSteps
		if got, err := MustCompile("a").Split(text, row.limit, row.most, &steps); !errors.Is(err, row.want) || len(got) > row.most {
			t.Errorf("split with limit %d within %d: got %d pieces, %v", row.limit, row.most, len(got), err)
		}
	}
}
