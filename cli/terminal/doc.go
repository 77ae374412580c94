// Package terminal knows the terminal that somebody may be looking at: whether there is
// one, whether it wants colours, lines that are edited while others are printed, secrets
// that are typed, and how text from elsewhere is shown there.
//
// It promises that nothing that came from outside moves the cursor, changes colours or
// hides what stands beside it (Safe), and that a terminal is left as it was found. It
// refuses to know what the lines say.
package terminal
