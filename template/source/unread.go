package source

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// Unread is the name of the function that stands for what could not be read: as the only
// member of an object for a value, and beside others for members that nobody knows. It has
// no value, which was told; in a text there is no function of this name.
const Unread = "Fn::Unread"

// Broken are the faults of a file in which it is neither YAML nor JSON, as its reader tells them.
func Broken(file string, broken []*tree.Error) (faults []Fault) {
	for _, e := range broken {
		f := Fault{File: file, Line: e.Line, Column: e.Column, Path: e.Path, Message: e.Message, Hint: e.Hint}
		if e.Message == "the document is empty" {
			f.Message, f.Hint = "the file is empty", "Resources: {LogicalID: {Type: …, Properties: …}}"
		}
		// Functions and what is in them add nothing to a path.
		for _, function := range []string{".Fn::", ".Ref."} {
			f.Path, _, _ = strings.Cut(f.Path, function)
		}
		f.Path = strings.TrimSuffix(f.Path, ".Ref")
		f.LogicalID = LogicalID(f.Path)
		faults = append(faults, f)
	}
	return faults
}

// unread is a value of which nothing is known, at the place of another.
func unread(at tree.Node) tree.Node { return unreadMember(tree.Object().From(at), at) }

func unreadMember(object, at tree.Node) tree.Node {
	return object.Put(tree.Text(Unread).From(at), tree.Text("").From(at))
}

// Gaps says whether something in a value could not be read.
func Gaps(n tree.Node) bool {
	for name, member := range n.Members() {
		if name == Unread || Gaps(member) {
			return true
		}
	}
	for _, item := range n.Items() {
		if Gaps(item) {
			return true
		}
	}
	return false
}

// Explains says whether what is wrong at a path of a template may be so only because
// something there could not be read: what is wrong is that itself, or misses it.
func Explains(template tree.Node, path string) bool {
	for n := template; ; {
		if strings.HasPrefix(path, Unread) {
			return true
		}
		if n.Get(Unread).There() && (path == "" || n.Len() == 1) {
			return true
		}
		below, rest := step(n, path)
		if !below.There() {
			// It is not there. What SAM's Globals say would be.
			globals := template.Get("Globals")
			return path != "" && (n.Get(Unread).There() || Gaps(globals) || !globals.There() && template.Get(Unread).There())
		}
		n, path = below, rest
	}
}

// step is the member of a value that a path begins with, and the rest of the path. Names
// may have dots.
func step(n tree.Node, path string) (below tree.Node, rest string) {
	longest := -1
	for name, member := range n.Members() {
		if after, is := strings.CutPrefix(path, name); is && (after == "" || after[0] == '.') && len(name) > longest {
			longest, below, rest = len(name), member, strings.TrimPrefix(after, ".")
		}
	}
	name, after, _ := strings.Cut(path, ".")
	for i, item := range n.Items() {
		if name == strconv.Itoa(i) {
			return item, after
		}
	}
	return below, rest
}
