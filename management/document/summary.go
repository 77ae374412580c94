package document

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Summary counts what an import makes, changes and removes, by noun ("route").
type Summary struct {
	Made, Changed, Removed map[string]int
}

// summarize compares what is stored with what is wanted.
func summarize(stored, wanted []store.Document) Summary {
	s := Summary{map[string]int{}, map[string]int{}, map[string]int{}}
	before := make(map[store.Key][]byte, len(stored))
	for _, doc := range stored {
		before[doc.Key] = doc.Body
	}
	for _, doc := range wanted {
		body, there := before[doc.Key]
		switch noun := catalog.Noun(doc.Key); {
		// Some documents of the store are parts of a noun or of the fleet, and mean
		// nothing to a reader.
		case noun == "":
		case !there:
			s.Made[noun]++
		case !bytes.Equal(body, doc.Body):
			s.Changed[noun]++
		}
		delete(before, doc.Key)
	}
	// What is left is wanted by nobody.
	for key := range before {
		if noun := catalog.Noun(key); noun != "" {
			s.Removed[noun]++
		}
	}
	return s
}

// String is one line, such as "1 API and 1000 routes made; 2 routes changed;
// nothing removed".
func (s Summary) String() string {
	return Count(s.Made) + " made; " + Count(s.Changed) + " changed; " + Count(s.Removed) + " removed"
}

// Count words numbers of nouns: "1 API, 2 integrations and 1000 routes", or
// "nothing".
func Count(nouns map[string]int) string {
	var parts []string
	for _, noun := range slices.SortedFunc(maps.Keys(nouns), byRank) {
		if n := nouns[noun]; n == 1 {
			parts = append(parts, "1 "+noun)
		} else if n > 1 {
			parts = append(parts, strconv.Itoa(n)+" "+plural(noun))
		}
	}
	switch n := len(parts); n {
	case 0:
		return "nothing"
	case 1:
		return parts[0]
	default:
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
}

// byRank puts what holds others first: APIs, then all else by name.
func byRank(a, b string) int {
	if (a == "API") != (b == "API") {
		if a == "API" {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

func plural(noun string) string {
	// "API keys", but "sharing policies".
	if base, ok := strings.CutSuffix(noun, "y"); ok && !strings.HasSuffix(noun, "ey") {
		return base + "ies"
	}
	return noun + "s"
}
