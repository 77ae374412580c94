// Package tree reads YAML and JSON into trees that keep the order of members and
// tell where a value stands (file, line and column), and writes them again in that order. A
// text that is neither can be read in spite of what is wrong with it, all of which is told.
//
// It promises that no text costs more than its length allows: how deep it may nest is
// bounded, aliases are followed where they are met and never copied, and whoever
// turns a part into JSON says how long that may get and how much of it may be
// repeated by aliases. What a document may hold is for its readers to judge.
package tree
