package tree

import "go.yaml.in/yaml/v3"

// Rewrite changes the scalars of a document that are values; keys stay, and what aliases
// repeat is changed where it stands. change answers the new text, and whether that is a text
// whatever it looks like; else a value that was written without quotes is read anew, so that
// it may become a number. An error gets its place and the way to it, and the value is Unread
// from then on: the first errors are told, and what only follows from one is nobody's.
func (n Node) Rewrite(change func(text string) (changed string, verbatim bool, err error)) []*Error {
	r := &rewriter{change: change}
	r.rewrite(n.at, nil)
	return r.wrong
}

type rewriter struct {
	change func(text string) (changed string, verbatim bool, err error)
	wrong  []*Error
}

func (r *rewriter) rewrite(at *yaml.Node, way *Path) {
	if at == nil || at.Style&unread != 0 {
		return
	}
	switch at.Kind {
	case yaml.ScalarNode:
		if err := rewriteScalar(at, way, r.change); err != nil {
			at.Style, at.Tag, at.Value = at.Style|unread, nullTag, ""
			if len(r.wrong) < maxBroken {
				r.wrong = append(r.wrong, err)
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(at.Content); i += 2 {
			r.rewrite(at.Content[i+1], way.Below(at.Content[i].Value))
		}
	case yaml.SequenceNode:
		for _, item := range at.Content {
			// Items have the way of their list: a number tells an author less than the line.
			r.rewrite(item, way)
		}
	}
}

func rewriteScalar(at *yaml.Node, way *Path, change func(string) (string, bool, error)) *Error {
	text, verbatim, err := change(at.Value)
	if err != nil {
		return &Error{Line: at.Line, Column: at.Column, Path: way.String(), Message: err.Error()}
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
