package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// Bounds of what is read.
const (
	maxFile  = 16 << 20 // bytes of a file
	maxFiles = 1000     // files of cases below a folder
)

// A file is one cases.yaml.
type file struct {
	name  string
	root  tree.Node
	cases []*testcase
}

// testcase is one case as it was written.
type testcase struct {
	file     *file
	node     tree.Node // of the case alone
	all      tree.Node // with the defaults of its file
	name     string
	language evaluation.Language
}

// names are what files of cases are called.
var names = []string{"cases.yaml", "cases.yml", "cases.json"}

// find lists the files of cases of a folder and all below it, in order.
func find(dir string) (found []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && path != dir && (strings.HasPrefix(name, ".") || name == "node_modules") {
			return filepath.SkipDir
		} else if !entry.IsDir() && slices.Contains(names, name) {
			found = append(found, path)
		}
		if len(found) > maxFiles {
			return fmt.Errorf("%s has more than %d files of cases", dir, maxFiles)
		}
		return nil
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s has no cases.yaml, nor has any folder below it", dir)
	}
	return found, err
}

// read reads a file of cases: an object with cases, and with defaults of all of them.
func read(name string) (*file, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	f := &file{name: name}
	if f.root, err = tree.Parse(text); err != nil {
		return nil, placed(name, err)
	}
	for member := range f.root.Members() {
		if member != "cases" && member != "defaults" {
			return nil, f.at(f.root.Get(member), "there is no member %s; a file has cases and defaults", member)
		}
	}
	list := f.root.Get("cases")
	if !list.IsList() {
		return nil, f.at(f.root, "there is no list of cases")
	}
	for i, node := range list.Items() {
		c, err := f.testcase(node, i)
		if err != nil {
			return nil, err
		}
		f.cases = append(f.cases, c)
	}
	return f, nil
}

func readFile(name string) ([]byte, error) {
	about, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if about.Size() > maxFile {
		return nil, fmt.Errorf("%s is longer than %d bytes", name, maxFile)
	}
	return os.ReadFile(name)
}

// placed puts the name of the file before what is wrong with it.
func placed(name string, err error) error {
	if at, ok := errors.AsType[*tree.Error](err); ok && at.Line > 0 {
		return fmt.Errorf("%s:%d: %s", name, at.Line, (&tree.Error{Path: at.Path, Message: at.Message}).Error())
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (f *file) at(n tree.Node, format string, args ...any) error {
	if n.Line() == 0 {
		return fmt.Errorf("%s: %s", f.name, fmt.Sprintf(format, args...))
	}
	return fmt.Errorf("%s:%d: %s", f.name, n.Line(), fmt.Sprintf(format, args...))
}

// Members that every case may have, and those of each language's question; a member with
// a file beside it is read from there.
var (
	ofEach      = []string{"name", "language", "want", "wantFile", "wantError", "unresolved"}
	ofSamples   = []string{"payload", "payloadFile", "context", "parameters", "stageVariables"}
	ofLanguages = map[string][]string{
		"template":   append([]string{"template", "text", "profile", "vars"}, ofSamples...),
		"jsonpath":   {"path", "payload", "payloadFile"},
		"selection":  append([]string{"expression", "method", "path", "response"}, ofSamples...),
		"parameters": append([]string{"mapping", "protocol", "direction", "method", "path", "response"}, ofSamples...),
		"pattern":    {"pattern", "texts"},
		"schema":     {"schema", "schemaFile", "payload", "payloadFile"},
	}
)

// testcase reads one case.
func (f *file) testcase(node tree.Node, i int) (*testcase, error) {
	if !node.IsObject() {
		return nil, f.at(node, "case %d is no object", i+1)
	}
	if err := node.Unique(); err != nil {
		return nil, placed(f.name, err)
	}
	c := &testcase{file: f, node: node, all: f.withDefaults(node), name: node.Get("name").Text()}
	if c.name == "" {
		c.name = fmt.Sprintf("case %d", i+1)
	}
	language := c.all.Get("language").Text()
	if language == "" {
		language = "template"
	}
	all := evaluation.Languages()
	at := slices.IndexFunc(all, func(l evaluation.Language) bool { return l.Name == language })
	if at < 0 {
		return nil, f.at(c.all.Get("language"), "%s: there is no language %q", c.name, language)
	}
	c.language = all[at]
	known := append(slices.Clone(ofEach), ofLanguages[language]...)
	wants := 0
	for member, value := range node.Members() {
		if !slices.Contains(known, member) {
			return nil, f.at(value, "%s: there is no member %s for %s", c.name, member, language)
		}
		if strings.HasPrefix(member, "want") {
			wants++
		}
	}
	if wants != 1 {
		return nil, f.at(node, "%s: want one of want, wantFile and wantError", c.name)
	}
	return c, nil
}

// withDefaults is a case with the members of the file's defaults that it does not have.
func (f *file) withDefaults(node tree.Node) tree.Node {
	all := tree.Object()
	for name, value := range node.Members() {
		all.Set(name, value)
	}
	for name, value := range f.root.Get("defaults").Members() {
		if !node.Get(name).There() {
			all.Set(name, value)
		}
	}
	return all
}
