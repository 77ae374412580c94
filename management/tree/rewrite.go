package tree

import "go.yaml.in/yaml/v3"

// Rewrite changes the scalars of a document that are values; keys stay, and what aliases
// repeat is changed where it stands. change answers the new text, and whether that is a text
// whatever it looks like; else a value that was written without quotes is read anew, so that
// it may become a number. An error gets the line and the way to its place.
func (n Node) Rewrite(change func(text string) (changed string, verbatim bool, err error)) error {
	return rewrite(n.at, nil, change)
}

func rewrite(at *yaml.Node, way *Path, change func(string) (string, bool, error)) error {
	if at == nil {
		return nil
	}
	switch at.Kind {
	case yaml.ScalarNode:
		return rewriteScalar(at, way, change)
	case yaml.MappingNode:
		for i := 0; i+1 < len(at.Content); i += 2 {
			if err := rewrite(at.Content[i+1], way.Below(at.Content[i].Value), change); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for _, item := range at.Content {
			// Items have the way of their list: a number tells an author less than the line.
			if err := rewrite(item, way, change); err != nil {
				return err
			}
		}
	}
	return nil
}

func rewriteScalar(at *yaml.Node, way *Path, change func(string) (string, bool, error)) error {
	text, verbatim, err := change(at.Value)
	if err != nil {
		return &Error{Line: at.Line, Path: way.String(), Message: err.Error()}
	}
	// Untouched, its form included: a document that has no variables is written as it was.
	if text == at.Value && !verbatim {
		return nil
	}
	plain := at.Style == 0
	at.Value = text
	switch {
	case verbatim:
		// In quotes, so that a secret which looks like a number stays the text that it is.
		at.Tag, at.Style = textTag, yaml.DoubleQuotedStyle
	case plain:
		at.Tag = (&yaml.Node{Kind: yaml.ScalarNode, Value: text}).ShortTag()
	}
	return nil
}
