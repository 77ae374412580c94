package terminal

import (
	"os"

	"golang.org/x/term"
)

// Colour paints text for terminals that want it.
type Colour bool

// Is says whether something read or written to is a terminal, at which somebody sits.
func Is(rw any) bool {
	f, ok := rw.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ColourOf says whether what is written to wants colours.
// NO_COLOR is of https://no-color.org: whatever its value is, unless it is empty.
func ColourOf(w any) Colour {
	return Colour(Is(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

// Paint gives a text the attributes of a code of ECMA-48, SGR.
func (c Colour) Paint(code, text string) string {
	if !c || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold paints a text so, and each of the others as its name says.
func (c Colour) Bold(text string) string  { return c.Paint("1", text) }
func (c Colour) Dim(text string) string   { return c.Paint("2", text) }
func (c Colour) Red(text string) string   { return c.Paint("31", text) }
func (c Colour) Green(text string) string { return c.Paint("32", text) }
func (c Colour) Amber(text string) string { return c.Paint("33", text) }
func (c Colour) Link(text string) string  { return c.Paint("36", text) }

// Status paints a text by the status that it tells of.
func (c Colour) Status(status int, text string) string {
	switch {
	case status >= 500:
		return c.Red(text)
	case status >= 400:
		return c.Amber(text)
	}
	return c.Green(text)
}
