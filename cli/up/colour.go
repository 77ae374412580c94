package up

import (
	"io"
	"os"

	"golang.org/x/term"
)

// colour paints text for terminals that want it.
type colour bool

// Terminal says whether something written to is looked at by somebody.
func terminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colourOf says whether what is written to wants colours.
// NO_COLOR is of https://no-color.org: whatever its value is, unless it is empty.
func colourOf(w io.Writer) colour {
	return colour(terminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

func (c colour) paint(code, text string) string {
	if !c || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (c colour) bold(text string) string  { return c.paint("1", text) }
func (c colour) dim(text string) string   { return c.paint("2", text) }
func (c colour) red(text string) string   { return c.paint("31", text) }
func (c colour) green(text string) string { return c.paint("32", text) }
func (c colour) amber(text string) string { return c.paint("33", text) }
func (c colour) link(text string) string  { return c.paint("36", text) }

// status paints a text by the status that it tells of.
func (c colour) status(status int, text string) string {
	switch {
	case status >= 500:
		return c.red(text)
	case status >= 400:
		return c.amber(text)
	}
	return c.green(text)
}
