package terminal

import (
	"bytes"
	"testing"
)

// What comes from outside is seen, and does nothing.
func TestSafe(t *testing.T) {
	for text, want := range map[string]string{
		"plain é 漢 👩\u200d🚀": "plain é 漢 👩\u200d🚀",
		"\x1b[2J\x07\x9b1m":  `\x1b[2J\x07\x9b1m`,
		"\u009b31m":          `\x9b31m`,
		"a\u202eb\u2066c":    `a\u202eb\u2066c`,
		"\ufeff\u2028":       `\ufeff\u2028`,
		"\r\x00\x7f":         `\r\x00\x7f`,
		"\ufffd":             "\ufffd",
		"line\n\tindented":   "line\n\tindented",
		"a\xffb":             `a\xffb`,
	} {
		if got := Safe(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got, want := SafeLine("a\nb\tc\rd"), `a\nb\tc\rd`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is no terminal has no colours.
func TestColour(t *testing.T) {
	c := ColourOf(new(bytes.Buffer))
	if got := c.Red("x") + c.Status(500, "y"); got != "xy" {
		t.Errorf("got %q, want no colours", got)
	}
	if got := Colour(true).Status(404, "x"); got != "\x1b[33mx\x1b[0m" || Colour(true).Red("") != "" {
		t.Errorf("got %q, want amber for 404", got)
	}
}
