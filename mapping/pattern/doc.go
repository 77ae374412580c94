// Package pattern matches Java regular expressions, the dialect in which
// integration responses are selected and in which template strings are split
// and replaced.
//
// Documented: API Gateway Developer Guide, Handle Lambda errors in API Gateway, and
// the classes java.util.regex.Pattern and Matcher, which are called the class here.
// Where their documentation is silent, recordings of Java decide.
//
// It promises the language of java.util.regex as of Java 17: its character
// classes with nesting and intersection, its property names, look-around,
// back-references, possessive quantifiers, inline flags and quoting, and the
// exact meaning of find, replace and split, including what happens around
// matches of the empty string.
//
// A pattern is compiled once and may then be used by many goroutines. Three
// matchers stand behind it: a direct one for literals and plain sequences of
// characters (no allocation at all), the linear-time engine of the standard
// library where both dialects agree, and a backtracking one for the rest.
// The backtracking matcher counts its steps; a match that takes more than the
// bound is given up with ErrTooManySteps, so no pattern can hold a server.
//
// What Java answers to some thousand patterns and texts is recorded in testdata/java,
// its quirks included. Text is UTF-8 and offsets are in bytes, so nothing matches half
// of a surrogate pair. The names of Unicode blocks, the four-letter codes of scripts,
// names of characters and grapheme clusters are refused with a SyntaxError, and
// canonical equivalence has no effect.
package pattern
