package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// A place is the same whether the text is read at a stroke or, for a \r somewhere behind it, byte
// by byte.
func TestPlacesOfLines(t *testing.T) {
	for _, text := range []string{"", "a", "\n", "a\nbé\n\nc", "é\n", "one line alone"} {
		for offset := -1; offset <= len(text)+1; offset++ {
			line, column, source := Place(text, offset)
			at := min(max(offset, 0), len(text))
			lines := strings.Split(text[:at], "\n")
			got, want := fmt.Sprint(line, column, source), fmt.Sprint(len(lines), len([]rune(lines[len(lines)-1]))+1, strings.Split(text, "\n")[len(lines)-1])
			quick, there := At(text, offset)
			slow, too := At(text+"\nx\r", at)
			if got != want || quick != line || there != column || slow != line || too != column {
				t.Errorf("%q at %d: got %s, want %s; at a stroke %d %d; byte by byte %d %d", text, offset, got, want, quick, there, slow, too)
			}
		}
	}
}
