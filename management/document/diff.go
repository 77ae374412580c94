package document

import (
	"fmt"
	"strings"
)

// around is how many lines that are the same are shown beside a change.
const around = 3

// maxCells bounds the table that finds the longest common part of two texts; what
// is larger is shown as one whole change.
const maxCells = 16_000_000

// line is a line of a difference: ' ' in both, '-' before, '+' after.
type line struct {
	mark byte
	text string
}

// Diff gives the difference of two texts in the unified form, "" when they are the same.
func Diff(before, after string) string {
	if before == after {
		return ""
	}
	lines := compare(split(before), split(after))
	var b strings.Builder
	for at := 0; at < len(lines); {
		if lines[at].mark == ' ' {
			at++
			continue
		}
		// Lines that a hunk before has shown are not near: hunks that close are one already.
		from, to := max(at-around, 0), end(lines, at)
		hunk(&b, lines, from, to)
		at = to
	}
	return b.String()
}

// The line feed at the end closes the last line and begins no other.
func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// end is where the hunk ends that has the change at a place: before the first
// stretch of sameness that is too long to be shown whole.
func end(lines []line, at int) int {
	same := 0
	for ; at < len(lines); at++ {
		if lines[at].mark != ' ' {
			same = 0
			continue
		}
		if same++; same > 2*around {
			return at - around
		}
	}
	return len(lines) - max(same-around, 0)
}

// hunk writes one hunk. Its head counts lines from 1 in both texts.
func hunk(b *strings.Builder, lines []line, from, to int) {
	old, fresh := 1, 1
	for _, l := range lines[:from] {
		if l.mark != '+' {
			old++
		}
		if l.mark != '-' {
			fresh++
		}
	}
	oldCount, freshCount := 0, 0
	for _, l := range lines[from:to] {
		if l.mark != '+' {
			oldCount++
		}
		if l.mark != '-' {
			freshCount++
		}
	}
	// The head of a hunk in the unified form: first line and count before, then
	// after (POSIX diff, Diff -u Output Format).
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", old, oldCount, fresh, freshCount)
	for _, l := range lines[from:to] {
		b.WriteByte(l.mark)
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
}

// compare lines up two texts by their longest common part.
func compare(before, after []string) []line {
	// Two documents differ in little: without their common ends the table is small.
	head := 0
	for head < len(before) && head < len(after) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < len(before)-head && tail < len(after)-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	var lines []line
	put := func(mark byte, texts []string) {
		for _, t := range texts {
			lines = append(lines, line{mark, t})
		}
	}
	put(' ', before[:head])
	a, c := before[head:len(before)-tail], after[head:len(after)-tail]
	// Two documents of ten thousand lines with nothing in common would ask for 400 MB.
	if (len(a)+1)*(len(c)+1) > maxCells {
		put('-', a)
		put('+', c)
	} else {
		lines = append(lines, common(a, c)...)
	}
	put(' ', before[len(before)-tail:])
	return lines
}

// common finds the longest common part in a table: the number of lines that the
// rests of both texts share.
func common(a, b []string) []line {
	width := len(b) + 1
	// From the end to the beginning, so that the lines can be told from the beginning on.
	table := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	var lines []line
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, line{' ', a[i]})
			i, j = i+1, j+1
		// Where both would do, the removed line stands first, as diff has it.
		case j == len(b) || i < len(a) && table[(i+1)*width+j] >= table[i*width+j+1]:
			lines = append(lines, line{'-', a[i]})
			i++
		default:
			lines = append(lines, line{'+', b[j]})
			j++
		}
	}
	return lines
}
