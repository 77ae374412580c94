// Command reference writes the pages of docs/reference/ from what they tell of: the table of
// operations, the commands with their flags, the settings, and the metrics.
//
// It promises that a page says what the program does, since it is made of the same tables: a
// test fails when one is not what this command gives (make reference). It refuses to say why
// anything is so; other pages do.
package main
