package tree

import "go.yaml.in/yaml/v3"

// merging puts what << names in its place (YAML 1.1, Merge Key Language-Independent
// Type): authors write what all their integrations share once.
type merging struct {
	done map[*yaml.Node]bool // objects that had merges
	left int                 // members that may still be looked at
}

// Merge replaces all merges of a tree, at the cost of at most so many members.
func (n Node) Merge(most int) error {
	// Counted over the whole tree: merges of merges grow with their number, not with the text.
	m := &merging{map[*yaml.Node]bool{}, most}
	return m.walk(n.at)
}

func (m *merging) walk(at *yaml.Node) error {
	if m.done[at] {
		return nil // what it merged belongs to others, who are walked themselves
	}
	if at.Kind == yaml.MappingNode && hasMerge(at) {
		return m.expand(at)
	}
	for _, child := range at.Content {
		if err := m.walk(child); err != nil {
			return err
		}
	}
	return nil
}

func hasMerge(at *yaml.Node) bool {
	for i := 0; i+1 < len(at.Content); i += 2 {
		if at.Content[i].Tag == mergeTag {
			return true
		}
	}
	return false
}

// expand gives an object its merged members. Its own win over those, and those of
// an earlier object over those of a later one. An alias names what stands before
// it, or around it: what is not expanded yet holds this object, and adds nothing.
func (m *merging) expand(at *yaml.Node) error {
	own := map[string]bool{}
	var content []*yaml.Node
	var merged []Node
	for i := 0; i+1 < len(at.Content); i += 2 {
		key, value := at.Content[i], at.Content[i+1]
		if key.Tag == mergeTag {
			merged = append(merged, sources(value)...)
			continue
		}
		// All its own members first, since they win wherever << stands among them.
		own[follow(key, false).at.Value] = true
		content = append(content, key, value)
		if err := m.walk(value); err != nil {
			return err
		}
	}
	for _, from := range merged {
		for i := 0; i+1 < len(from.at.Content); i += 2 {
			if m.left--; m.left < 0 {
				return ErrRepeats
			}
			key := follow(from.at.Content[i], false).at
			// A merge in what is merged was expanded where that stands, or leads round in a circle.
			if key.Tag == mergeTag || own[key.Value] {
				continue
			}
			own[key.Value] = true
			content = append(content, key, from.at.Content[i+1])
		}
	}
	at.Content = content
	m.done[at] = true
	return nil
}

// sources are the objects that a merge names: one, or a list of them.
func sources(at *yaml.Node) []Node {
	n := follow(at, false)
	if n.IsObject() {
		return []Node{n}
	}
	var all []Node
	for _, item := range n.Items() {
		if item.IsObject() {
			all = append(all, item)
		}
	}
	return all
}
