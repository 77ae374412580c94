// Package settings brings together what a program is told: flags on its command line, then
// variables of the environment, then a settings file, then defaults. The first that says
// something about a flag counts.
//
// It promises strictness: a member of the file that is no flag, a value that the flag does
// not take, and a flag that is named twice are errors with their lines, all of them at
// once, whether or not something else goes before them. It remembers where each value came
// from. It refuses to judge values together, which is for whoever has the flags.
package settings
