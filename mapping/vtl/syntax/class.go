package syntax

import "strings"

// What a character can be part of.
const (
	letter   uint8 = 1 << iota // a letter
	namePart                   // what stands in the names of variables behind the first letter
	wordPart                   // and in those of directives
	opener                     // what can open something in every state
	blank                      // a space or a tab
	ender                      // what ends a reference, and is read anew behind it
)

// classes has what each character can be part of.
var classes = allClasses()

func allClasses() (of [256]uint8) {
	for c := range of {
		switch b := byte(c); {
		case isLetter(b):
			of[c] = letter | namePart | wordPart
		case isDigit(b) || b == '_':
			of[c] = namePart | wordPart
		case b == '-':
			of[c] = namePart
		case b == '@':
			of[c] = wordPart
		case b == '$' || b == '#' || b == '\\':
			of[c] = opener
		case b == ' ' || b == '\t':
			of[c] = blank
		}
		if of[c]&(letter|opener|blank) == 0 && strings.IndexByte("_([{", byte(c)) < 0 {
			of[c] |= ender
		}
	}
	return of
}

// run measures what is of a class from a place on.
func run(s string, i int, class uint8) int {
	for i < len(s) && classes[s[i]]&class != 0 {
		i++
	}
	return i
}
