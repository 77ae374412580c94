package openapi

import (
	"errors"

	"go.yaml.in/yaml/v3"
)

// mergeTag is what the parser calls the key << of a merge.
const mergeTag = "!!merge"

var errRepeats = errors.New("the document repeats itself too often by aliases")

// merging puts what << names in its place (YAML 1.1, Merge Key Language-Independent
// Type): authors write what all their integrations share once.
type merging struct {
	done map[*yaml.Node]bool // objects that had merges
	left int                 // members that may still be looked at
}

// merge replaces all merges of a tree, at the cost of at most so many members.
func merge(root *yaml.Node, most int) error {
	m := &merging{map[*yaml.Node]bool{}, most}
	return m.walk(root)
}

func (m *merging) walk(n *yaml.Node) error {
	if m.done[n] {
		return nil // what it merged belongs to others, who are walked themselves
	}
	if n.Kind == yaml.MappingNode && hasMerge(n) {
		return m.expand(n)
	}
	for _, child := range n.Content {
		if err := m.walk(child); err != nil {
			return err
		}
	}
	return nil
}

func hasMerge(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == mergeTag {
			return true
		}
	}
	return false
}

// expand gives an object its merged members. Its own win over those, and those of
// an earlier object over those of a later one. An alias names what stands before
// it, or around it: what is not expanded yet holds this object, and adds nothing.
func (m *merging) expand(n *yaml.Node) error {
	own := map[string]bool{}
	var content, merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag == mergeTag {
			merged = append(merged, sources(value)...)
			continue
		}
		own[real(key).Value] = true
		content = append(content, key, value)
		if err := m.walk(value); err != nil {
			return err
		}
	}
	for _, from := range merged {
		for i := 0; i+1 < len(from.Content); i += 2 {
			if m.left--; m.left < 0 {
				return errRepeats
			}
			key := real(from.Content[i])
			if key.Tag == mergeTag || own[key.Value] {
				continue
			}
			own[key.Value] = true
			content = append(content, key, from.Content[i+1])
		}
	}
	n.Content = content
	m.done[n] = true
	return nil
}

// sources are the objects that a merge names: one, or a list of them.
func sources(n *yaml.Node) []*yaml.Node {
	n = real(n)
	if n == nil {
		return nil
	}
	if n.Kind == yaml.MappingNode {
		return []*yaml.Node{n}
	}
	var all []*yaml.Node
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if item = real(item); item != nil && item.Kind == yaml.MappingNode {
				all = append(all, item)
			}
		}
	}
	return all
}
