package tree

import (
	"math"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Object is an object without members yet.
func Object() Node { return Node{at: &yaml.Node{Kind: yaml.MappingNode, Tag: objectTag}} }

// List is a list of items.
func List(items ...Node) Node {
	// The tag is said although the form implies it: readers of trees compare tags.
	at := &yaml.Node{Kind: yaml.SequenceNode, Tag: listTag}
	for _, item := range items {
		// Nodes are shared and not copied: whoever made an item hands it over.
		at.Content = append(at.Content, item.at)
	}
	return Node{at: at}
}

// Texts is a list of texts.
func Texts(texts []string) Node {
	n := List()
	for _, text := range texts {
		n.at.Content = append(n.at.Content, Text(text).at)
	}
	return n
}

// Text is a text. One that YAML 1.1 takes for something else is written in quotes: many
// readers still speak that version, to whom no is false and 1:30 is ninety.
// YAML 1.1, https://yaml.org/type/bool.html and https://yaml.org/type/int.html.
func Text(s string) Node {
	n := scalar(textTag, s)
	if mayBeMisread(s) && misread.MatchString(s) {
		n.at.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// mayBeMisread sorts most texts out: what else is taken for something begins like a number,
// or is a word of three letters at most.
func mayBeMisread(s string) bool {
	return s != "" && (s[0] < 'A' || len(s) <= len("yes"))
}

// It begins with ^, in front of all that may be there: so a long text is given up at once.
var misread = regexp.MustCompile(`^(?:(?i:y|n|yes|no|on|off)|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|=)$`)

// Bool is a boolean.
func Bool(b bool) Node { return scalar(boolTag, strconv.FormatBool(b)) }

// Int is an integer.
func Int(i int32) Node { return scalar(intTag, strconv.Itoa(int(i))) }

func scalar(tag, value string) Node {
	return Node{at: &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}}
}

// Plain is a scalar alone: its tag, text and place, without anchor, comments and style.
func (n Node) Plain() Node { return scalar(n.Tag(), n.at.Value).From(n) }

// Set adds a member to an object, which it answers.
func (n Node) Set(key string, value Node) Node { return n.Put(Text(key), value) }

// Put is Set with a key that knows its place.
func (n Node) Put(key, value Node) Node {
	n.at.Content = append(n.at.Content, key.at, value.at)
	return n
}

// Replace puts a member, whose name may be another one, in the place of a member that is
// there; comments around it stay.
func (n Node) Replace(old, key string, value Node) {
	for i := 0; i+1 < len(n.at.Content); i += 2 {
		// The first of that name alone: a name that is there twice is refused elsewhere.
		if at := n.at.Content[i]; at.Value == old {
			at.Value = key
			// A comment behind a value is about the member, whatever the value becomes.
			value.at.LineComment, value.at.FootComment = n.at.Content[i+1].LineComment, n.at.Content[i+1].FootComment
			n.at.Content[i+1] = value.at
			return
		}
	}
}

// Add adds an item to a list, which it answers.
func (n Node) Add(item Node) Node {
	n.at.Content = append(n.at.Content, item.at)
	return n
}

// SetFilled is Set, but for none, null, and an empty text, object or list.
func (n Node) SetFilled(key string, value Node) Node {
	// A document stays as short as what it says: what is empty says nothing.
	if value.Len() > 0 || value.Text() != "" {
		n.Set(key, value)
	}
	return n
}

// Number is a number of JSON.
func Number(f float64) Node {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	// Below 2^53 every whole number is exact; beyond it the digits would claim what is not known.
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return scalar(intTag, strconv.FormatFloat(f, 'f', 0, 64))
	}
	return scalar(floatTag, text)
}
