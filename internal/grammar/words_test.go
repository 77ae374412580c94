package grammar

import (
	"bytes"
	"testing"
)

func TestWords(t *testing.T) {
	for _, row := range []struct {
		text                  string
		token, visible, field bool
	}{
		{"", false, true, true},
		{"Content-Type", true, true, true},
		{"x_y!#$%&'*+-.^_`|~", true, true, true},
		{"a b", false, false, true},
		{"a\tb", false, false, true},
		{"a:b", false, true, true},
		{"caf\xc3\xa9", false, true, true},
		{"a\rb", false, false, false},
		{"a\nb", false, false, false},
		{"a\x00", false, false, false},
		{"\x7f", false, false, false},
		{"(x)", false, true, true},
	} {
		if got := Token(row.text); got != row.token {
			t.Errorf("Token(%q): got %v, want %v", row.text, got, row.token)
		}
		if got := Visible(row.text); got != row.visible {
			t.Errorf("Visible(%q): got %v, want %v", row.text, got, row.visible)
		}
		if got := FieldValue(row.text); got != row.field {
			t.Errorf("FieldValue(%q): got %v, want %v", row.text, got, row.field)
		}
	}
}

// Eight bytes at a time, and four times eight, find what one after the other does: every byte in every
// place, beside every byte that could hide it.
func TestLongWords(t *testing.T) {
	for _, beside := range []byte{0, '\t', ' ', '!', 'a', 0x7e, 0x7f, 0x80, 0xff} {
		for at := range 43 {
			for c := range 256 {
				text := bytes.Repeat([]byte{'a'}, 43)
				for _, i := range []int{at - 1, at + 1} {
					if i >= 0 && i < len(text) {
						text[i] = beside
					}
				}
				text[at] = byte(c)
				s := string(text)
				if got, want := FieldValue(s), all(s, isField); got != want {
					t.Fatalf("FieldValue(%q): got %v, want %v", s, got, want)
				}
				if got, want := Visible(s), all(s, isVisible); got != want {
					t.Fatalf("Visible(%q): got %v, want %v", s, got, want)
				}
			}
		}
	}
}

func TestDigits(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "007": 7, "123456789012345678": 123456789012345678,
		"": -1, "+1": -1, "-1": -1, " 1": -1, "1 ": -1, "0x1": -1, "1,1": -1, "1234567890123456789": -1, "١": -1,
	} {
		got, ok := Digits(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("Digits(%q): got %d, want %d", text, got, want)
		}
	}
}

func TestChunkSize(t *testing.T) {
	for line, want := range map[string]int64{
		"0": 0, "a": 10, "A;x=y": 10, "00ff": 255, "0;": 0, "fffffffffffffff": 1<<60 - 1,
		"": -1, "-1": -1, "+1": -1, "0x1": -1, " 1": -1, "1 ": -1, ";x": -1, "1;\x00": -1, "g": -1, "0000000000000000": -1,
	} {
		got, err := ChunkSize([]byte(line))
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("ChunkSize(%q): got %d, want %d", line, got, want)
		}
	}
}
