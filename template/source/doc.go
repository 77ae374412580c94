// Package source reads the text of CloudFormation templates, in YAML or JSON, into trees
// whose values know the file, line and column that they come from, and words what is wrong
// with them.
//
// Read answers one form for everything that may be written in several: short tags are
// their long forms (!Sub x is {"Fn::Sub": "x"}), attributes are lists (!GetAtt A.B is
// {"Fn::GetAtt": ["A", "B"]}), aliases and merges are what they name, and scalars keep
// the text that they were written with, so that a date or 0123 is itself where a text is
// meant. It promises all faults at once, and that no text costs more than its bounds. What
// a template may hold is for others to judge.
package source
