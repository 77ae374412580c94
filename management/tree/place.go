package tree

import "go.yaml.in/yaml/v3"

// Nodes of the parser have no member for the file that they come from. What Alias leads
// to means something only in an alias: in every other node it is one node for each file,
// with its name, so that a value keeps its place wherever it is put.

// InFile says of a whole tree which file it was read from. It answers the tree.
func (n Node) InFile(name string) Node {
	if n.at != nil {
		mark(n.at, &yaml.Node{Value: name})
	}
	return n
}

func mark(at, file *yaml.Node) {
	if at.Kind == yaml.AliasNode {
		return // its value is marked where it stands
	}
	at.Alias = file
	for _, child := range at.Content {
		mark(child, file)
	}
}

// File is the name of the file that a value was read from, "" when nobody said.
func (n Node) File() string {
	if n.at == nil || n.at.Alias == nil {
		return ""
	}
	return n.at.Alias.Value
}

// From gives a value that was made the place of another, which it stands for. It answers
// the value.
func (n Node) From(other Node) Node {
	if other.at != nil {
		n.at.Line, n.at.Column, n.at.Alias = other.at.Line, other.at.Column, other.at.Alias
	}
	return n
}
