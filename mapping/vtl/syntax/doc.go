// Package syntax reads the text of a mapping template into a tree: the language
// of Velocity 1.7.
//
//	tree, err := syntax.Parse(text, syntax.Options{})
//	same := tree.Print(nil, nil) // byte for byte
//
// The lexer is the state machine that Velocity's grammar describes and the parser
// looks ahead exactly as far, so that corner cases (which spaces vanish, what an
// unfinished construct prints, what does not parse) come out alike.
//
// What nearly all templates are made of is read straight from the text instead, without tokens, wherever it is sure
// what the grammar would make of it. Tests hold that the tree is the same, and a template with a fault is read
// by the grammar alone, which finds its place.
//
// Every node knows its Range in the text. Ranges nest, siblings stand in order, and
// what stands between the statements of a block is comments alone, so that an editor
// can find the node at a byte, a debugger the place of a node, and Print can write
// the text again with some nodes replaced.
//
// The tree says what was written, not what it means: an interpreter that wants to
// keep something of its own with properties and calls is told of them (Binder).
//
// It imports mapping/json, for numbers of any length and hashes of names.
package syntax
