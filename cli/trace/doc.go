// Package trace shows records of exchanges in a terminal: each in a line, or one step by
// step, so that who looks knows why this frame came back.
//
// It promises that what a record has from outside is seen and does nothing to the terminal,
// and that a record with members that it does not know, or without some that it does, is
// shown all the same. It refuses to find records: they are read as the management listener
// writes them.
package trace
