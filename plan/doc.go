// Package plan compiles a frozen configuration and a stage into what a gateway
// serves: an immutable Stage in which everything that can be decided before a
// request arrives is decided. Templates are trees, regular expressions and
// selection expressions are compiled, stage variables are put in their places.
//
// Compiling is pure and never fails as a whole: a broken template, an invalid
// model or a bad mapping becomes a step that fails when a message reaches it, as
// it does on AWS. Stage.Warnings lists what is broken, with its place.
package plan
