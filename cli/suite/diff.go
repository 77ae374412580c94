package suite

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Print tells of cases that differ, and how many there are.
func Print(w io.Writer, results []Result) (failed int) {
	updated := 0
	for i := range results {
		r := &results[i]
		if r.Updated {
			updated++
			fmt.Fprintf(w, "updated %s:%d: %s\n", r.File, r.Line, r.Name)
		}
		if r.Passed {
			continue
		}
		failed++
		fmt.Fprintf(w, "%s:%d: %s\n", r.File, r.Line, r.Name)
		r.diff(w)
		for _, ref := range r.Unresolved {
			fmt.Fprintf(w, "  unresolved: %s\n", ref)
		}
	}
	fmt.Fprintf(w, "%d cases, %d failed", len(results), failed)
	if updated > 0 {
		fmt.Fprintf(w, ", %d updated", updated)
	}
	fmt.Fprintln(w)
	return failed
}

// diff prints what differs line by line.
func (r *Result) diff(w io.Writer) {
	switch {
	case r.Want == r.Got && r.WantsError == r.GotError:
	case r.GotError && !r.WantsError:
		fmt.Fprintf(w, "  error: %s\n", r.Got)
	case r.WantsError && !r.GotError:
		fmt.Fprintf(w, "  no error, want: %s\n", r.Want)
		fallthrough
	default:
		want, got := lines(r.Want), lines(r.Got)
		if r.WantsError && !r.GotError {
			want = nil
		}
		for _, line := range compare(want, got) {
			fmt.Fprintln(w, "  "+line)
		}
	}
}

// lines cuts a text behind its line ends. What nobody would see is quoted.
func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		plain := strings.TrimSuffix(line, "\n")
		if plain == line || strings.TrimRight(plain, " \t\r") != plain {
			plain = strconv.Quote(line)
		}
		all = append(all, plain)
	}
	return all
}

// Of longer texts the lines are compared one by one; around what differs so many that
// do not are shown.
const (
	maxCompared = 2000
	around      = 2
)

// compare tells two lists of lines apart by their longest common subsequence: - is
// wanted and not there, + is there and not wanted.
func compare(want, got []string) (diff []string) {
	var marked []string
	add := func(mark, line string) { marked = append(marked, mark+line) }
	n, m := len(want), len(got)
	if n > maxCompared || m > maxCompared {
		for i := range max(n, m) {
			if i < n && i < m && want[i] == got[i] {
				add("  ", want[i])
				continue
			}
			if i < n {
				add("- ", want[i])
			}
			if i < m {
				add("+ ", got[i])
			}
		}
		return nearby(marked)
	}
	common := make([][]int32, n+1) // of what is left from each two lines on
	for i := range common {
		common[i] = make([]int32, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < n || j < m; {
		switch {
		case i < n && j < m && want[i] == got[j]:
			add("  ", want[i])
			i, j = i+1, j+1
		case i < n && (j == m || common[i+1][j] >= common[i][j+1]):
			add("- ", want[i])
			i++
		default:
			add("+ ", got[j])
			j++
		}
	}
	return nearby(marked)
}

// nearby leaves out lines that are far from any difference.
func nearby(marked []string) (shown []string) {
	near := make([]bool, len(marked))
	for i, line := range marked {
		if line[0] != ' ' {
			for k := max(0, i-around); k <= min(len(marked)-1, i+around); k++ {
				near[k] = true
			}
		}
	}
	for i, line := range marked {
		if near[i] {
			shown = append(shown, line)
		} else if i == 0 || near[i-1] {
			shown = append(shown, "  …")
		}
	}
	return shown
}
