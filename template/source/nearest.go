package source

import "strings"

// What may be compared for a suggestion: whoever mistypes a name gets one, and a document
// made to cost time gets none.
const (
	longestName = 64
	mostNames   = 2000
)

// Nearest is the name that another was most likely meant to be, "" when none is near: case
// and what is between words do not count, and a third of the letters may differ.
func Nearest(name string, names []string) string {
	wanted := folded(name)
	if len(wanted) > longestName || len(names) > mostNames {
		return ""
	}
	best, nearest := len(wanted)/3+1, "" // the first of the nearest: names come in an order that means something
	for _, candidate := range names {
		other := folded(candidate)
		if candidate == name || len(other) > longestName || abs(len(other)-len(wanted)) >= best {
			continue
		}
		if d := distance(wanted, other); d < best {
			best, nearest = d, candidate
		}
	}
	return nearest
}

// Suggest words the nearest name as a hint, or lists the names when they are few.
func Suggest(name string, names []string) string {
	if nearest := Nearest(name, names); nearest != "" {
		return "did you mean " + nearest + "?"
	}
	if len(names) == 0 || len(names) > 8 {
		return ""
	}
	return "there is " + strings.Join(names, ", ")
}

// Choose is Suggest where what is right is one of a set that is written down, such as the
// properties of a type: all of them are listed.
func Choose(name string, names []string) string {
	if hint := Suggest(name, names); hint != "" || len(names) == 0 || len(names) > mostListed {
		return hint
	}
	return "there is " + strings.Join(names, ", ")
}

// mostListed is how many names are read rather than passed over: no type has more properties.
const mostListed = 40

// between is what stands between the words of a name.
var between = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

func folded(s string) string { return between.Replace(strings.ToLower(s)) }

// distance counts the letters to add, take away, change, or swap with their neighbour.
// A swap counts once, for two letters in the wrong order are one slip of the fingers.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func abs(n int) int { return max(n, -n) }
