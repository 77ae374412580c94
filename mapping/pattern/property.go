package pattern

import (
	"strings"
	"unicode"
)

// lineEnds are the characters that the dot and the anchors of lines respect.
//
// Documented: the class, Line terminators.
func lineEnds() set { return between('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029) }

// Documented: the class, Predefined character classes: ASCII alone.
func digits() set { return between('0', '9') }
func words() set  { return between('0', '9', 'A', 'Z', '_', '_', 'a', 'z') }
func blanks() set { return between('\t', '\r', ' ', ' ') } // \s: space \t \n \v \f \r

// Documented: the class, Predefined character classes, \h.
func horizontals() set {
	return between(' ', ' ', '\t', '\t', 0xA0, 0xA0, 0x1680, 0x1680, 0x180E, 0x180E,
		0x2000, 0x200A, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000)
}

// Documented: the class, Predefined character classes, \v.
func verticals() set { return between('\n', '\r', 0x85, 0x85, 0x2028, 0x2029) }

// posix holds the US-ASCII classes of \p{…}.
// Documented: the class, POSIX character classes.
func posix(name string) (set, bool) {
	switch name {
	case "Lower":
		return between('a', 'z'), true
	case "Upper":
		return between('A', 'Z'), true
	case "ASCII":
		return between(0, 0x7F), true
	case "Alpha":
		return between('A', 'Z', 'a', 'z'), true
	case "Digit":
		return digits(), true
	case "Alnum":
		return between('0', '9', 'A', 'Z', 'a', 'z'), true
	case "Punct":
		return between('!', '/', ':', '@', '[', '`', '{', '~'), true
	case "Graph":
		return between('!', '~'), true
	case "Print":
		return between(' ', '~'), true
	case "Blank":
		return between(' ', ' ', '\t', '\t'), true
	case "Cntrl":
		return between(0, 0x1F, 0x7F, 0x7F), true
	case "XDigit":
		return between('0', '9', 'A', 'F', 'a', 'f'), true
	case "Space":
		return blanks(), true
	}
	return nil, false
}

// posixUnicode is what the posix names mean under (?U).
// Documented: the class, Unicode support, whose table follows annex C of Unicode
// Technical Standard 18.
func posixUnicode(name string) (set, bool) {
	switch name {
	case "Lower":
		return fromTable(unicode.Ll, unicode.Other_Lowercase), true
	case "Upper":
		return fromTable(unicode.Lu, unicode.Other_Uppercase), true
	case "Alpha":
		return alphabetic(), true
	case "Digit":
		return fromTable(unicode.Nd), true
	case "Alnum":
		return alphabetic().union(fromTable(unicode.Nd)), true
	case "Punct":
		return fromTable(unicode.P), true
	case "Graph":
		return graphic(), true
	case "Print":
		return graphic().union(fromTable(unicode.Zs)), true
	case "Blank":
		return fromTable(unicode.Zs).union(single('\t')), true
	case "XDigit":
		return fromTable(unicode.Nd, unicode.Hex_Digit), true
	case "Cntrl":
		return fromTable(unicode.Cc), true
	case "Space":
		return fromTable(unicode.White_Space), true
	}
	return posix(name)
}

// graphic is all that is neither white space, control nor unassigned.
func graphic() set {
	return fromTable(unicode.Z, unicode.Cc, unicode.Cs).union(unassigned()).negate()
}

// Package unicode has no table of what is not assigned, so it is what all
// categories leave.
func unassigned() set {
	return fromTable(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs).negate()
}

// cased tells the properties that stop to distinguish case under the flag i: a
// pattern that asks for small letters in any case gets letters in any case.
func cased(name string) bool {
	for _, prefix := range []string{"Is", "gc=", "general_category="} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name = rest
			break
		}
	}
	switch name {
	case "Lower", "Upper", "javaLowerCase", "javaUpperCase", "javaTitleCase", "Ll", "Lu", "Lt":
		return true
	}
	switch strings.ToUpper(name) {
	case "LOWERCASE", "UPPERCASE", "TITLECASE":
		return true
	}
	return false
}

// anyCase is what such a property means then.
func anyCase(name string, unicodeClasses bool) set {
	// Every name that is cased has two letters at least; a prefix such as gc= may stand before.
	switch short := name[len(name)-2:]; {
	case (name == "Lower" || name == "Upper") && !unicodeClasses:
		return between('A', 'Z', 'a', 'z')
	case short == "Ll" || short == "Lu" || short == "Lt":
		return fromTable(unicode.Lu, unicode.Ll, unicode.Lt)
	}
	return fromTable(unicode.Lu, unicode.Other_Uppercase, unicode.Ll, unicode.Other_Lowercase, unicode.Lt)
}

// Documented: the class, Unicode support:
// [\p{Alpha}\p{gc=Mn}\p{gc=Me}\p{gc=Mc}\p{Digit}\p{gc=Pc}\p{IsJoin_Control}].
func unicodeWords() set {
	return alphabetic().union(fromTable(unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control))
}

func alphabetic() set {
	return fromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic)
}

// property resolves the name inside \p{…}. The order is Java's, for some names
// have several meanings.
func property(name string, unicodeClasses bool) (set, bool) {
	if unicodeClasses {
		if s, ok := posixUnicode(name); ok {
			return s, true
		}
	}
	// Names of POSIX come before categories and mean ASCII, although Unicode has sets of the kind.
	if s, ok := posix(name); ok {
		return s, true
	}
	if key, value, ok := strings.Cut(name, "="); ok {
		return keyed(strings.ToLower(key), value)
	}
	if rest, ok := strings.CutPrefix(name, "java"); ok {
		return javaMethod(rest)
	}
	if rest, ok := strings.CutPrefix(name, "Is"); ok {
		return isProperty(rest)
	}
	return category(name)
}

// Documented: the class, Unicode support: script, sc, general_category and gc;
// block and blk are refused, see the package.
func keyed(key, value string) (set, bool) {
	switch key {
	case "sc", "script":
		return script(value)
	case "gc", "general_category":
		return category(value)
	}
	return nil, false
}

// Documented: the class, Unicode support, Binary properties, which takes no
// notice of case; categories and scripts may have Is before them too.
func isProperty(name string) (set, bool) {
	switch strings.ToUpper(name) {
	case "ALPHABETIC":
		return alphabetic(), true
	case "IDEOGRAPHIC":
		return fromTable(unicode.Ideographic), true
	case "LETTER":
		return fromTable(unicode.L), true
	case "LOWERCASE":
		return fromTable(unicode.Ll, unicode.Other_Lowercase), true
	case "UPPERCASE":
		return fromTable(unicode.Lu, unicode.Other_Uppercase), true
	case "TITLECASE":
		return fromTable(unicode.Lt), true
	case "PUNCTUATION":
		return fromTable(unicode.P), true
	case "CONTROL":
		return fromTable(unicode.Cc), true
	case "WHITE_SPACE", "WHITESPACE":
		return fromTable(unicode.White_Space), true
	case "DIGIT":
		return fromTable(unicode.Nd), true
	case "HEX_DIGIT", "HEXDIGIT":
		return fromTable(unicode.Nd, unicode.Hex_Digit), true
	case "JOIN_CONTROL", "JOINCONTROL":
		return fromTable(unicode.Join_Control), true
	case "WORD":
		return unicodeWords(), true
	case "ASSIGNED":
		return unassigned().negate(), true
	case "NONCHARACTER_CODE_POINT", "NONCHARACTERCODEPOINT":
		return fromTable(unicode.Noncharacter_Code_Point), true
	}
	if s, ok := posixUnicodeByAnyName(name); ok {
		return s, true
	}
	if s, ok := category(name); ok {
		return s, true
	}
	return script(name)
}

// posixUnicodeByAnyName resolves the POSIX names behind Is, whose case does not matter.
func posixUnicodeByAnyName(name string) (set, bool) {
	for _, posix := range []string{"Lower", "Upper", "ASCII", "Alpha", "Alnum", "Punct", "Graph", "Print", "Blank", "Cntrl", "XDigit", "Space"} {
		if strings.EqualFold(posix, name) {
			return posixUnicode(posix)
		}
	}
	return nil, false
}

// The first few are Java's own. The others have the names of the Unicode
// Standard, by one letter or two, whose case matters.
func category(name string) (set, bool) {
	switch name {
	case "L1":
		return between(0, 0xFF), true
	case "LC":
		return fromTable(unicode.Lu, unicode.Ll, unicode.Lt), true
	case "LD":
		return fromTable(unicode.L, unicode.Nd), true
	case "Cn":
		return unassigned(), true
	case "C":
		return fromTable(unicode.C).union(unassigned()), true
	case "all":
		return between(0, unicode.MaxRune), true
	}
	// The case matters: \p{lu} is unknown to Java too.
	if t, ok := unicode.Categories[name]; ok {
		return fromTable(t), true
	}
	return nil, false
}

// Documented: the class, Unicode support: names of scripts have no case. Aliases
// of four letters are not known to package unicode.
func script(name string) (set, bool) {
	// A walk over all names: it is taken once for each that a pattern has (see lookUp).
	for key, t := range unicode.Scripts {
		if strings.EqualFold(key, name) {
			return fromTable(t), true
		}
	}
	return nil, false
}

// javaMethod maps \p{javaX} to the test Character.isX.
// Documented: the class, java.lang.Character classes. What is about identifiers
// of Java is left out.
func javaMethod(name string) (set, bool) {
	switch name {
	case "LowerCase":
		return fromTable(unicode.Ll, unicode.Other_Lowercase), true
	case "UpperCase":
		return fromTable(unicode.Lu, unicode.Other_Uppercase), true
	case "Alphabetic":
		return alphabetic(), true
	case "TitleCase":
		return fromTable(unicode.Lt), true
	case "Digit":
		return fromTable(unicode.Nd), true
	case "Letter":
		return fromTable(unicode.L), true
	case "LetterOrDigit":
		return fromTable(unicode.L, unicode.Nd), true
	case "Ideographic":
		return fromTable(unicode.Ideographic), true
	case "Defined":
		return unassigned().negate(), true
	case "SpaceChar":
		return fromTable(unicode.Z), true
	case "Whitespace":
		// Documented: java.lang.Character, isWhitespace: separators but for those that do not break,
		// and U+001C to U+001F, which part files, groups, records and units.
		spaces := fromTable(unicode.Z).intersect(between(0xA0, 0xA0, 0x2007, 0x2007, 0x202F, 0x202F).negate())
		return spaces.union(between('\t', '\r', 0x1C, 0x1F)), true
	case "ISOControl":
		return between(0, 0x1F, 0x7F, 0x9F), true
	}
	return nil, false
}
