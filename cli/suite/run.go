package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// Result is what became of a case.
type Result struct {
	File       string   `json:"file"`
	Line       int      `json:"line,omitempty"`
	Name       string   `json:"name"`
	Passed     bool     `json:"passed"`
	Updated    bool     `json:"updated,omitempty"`    // what it wants was written anew
	Want       string   `json:"want,omitempty"`       // the output, or with WantsError the error
	Got        string   `json:"got,omitempty"`        // the same
	WantsError bool     `json:"wantsError,omitempty"` // Want is an error
	GotError   bool     `json:"gotError,omitempty"`   // Got is one
	Unresolved []string `json:"unresolved,omitempty"` // references that led nowhere and must not
}

// Run runs the cases of a folder and all below it. With update, what is wanted becomes
// what is there; what references must not be unresolved stays. An error is one of the
// files: of cases, or that they name.
func Run(ctx context.Context, dir string, update bool, o evaluation.Options) ([]Result, error) {
	found, err := find(dir)
	if err != nil {
		return nil, err
	}
	o.Explain = true
	var results []Result
	for _, name := range found {
		f, err := read(name)
		if err != nil {
			return nil, err
		}
		changed := false
		for _, c := range f.cases {
			r, err := c.run(ctx, o)
			if err != nil {
				return nil, err
			}
			if update && (r.Got != r.Want || r.GotError != r.WantsError) {
				inFile, err := c.update(&r)
				if err != nil {
					return nil, err
				}
				changed = changed || inFile
			}
			results = append(results, r)
		}
		if changed {
			if err := f.write(); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

// run evaluates a case and compares.
func (c *testcase) run(ctx context.Context, o evaluation.Options) (Result, error) {
	r := Result{File: c.file.name, Line: c.node.Line(), Name: c.name}
	question, err := c.question()
	if err != nil {
		return r, err
	}
	if err := c.wanted(&r); err != nil {
		return r, err
	}
	a := c.language.Evaluate(ctx, question, o)
	if r.GotError = a.Output == nil; r.GotError {
		r.Got = a.Message
		if a.Explained != nil && a.Fault != nil {
			r.Got = a.Fault.String()
		}
	} else {
		r.Got = *a.Output
	}
	r.Unresolved = c.unresolved(a)
	r.Passed = r.Got == r.Want && r.GotError == r.WantsError && len(r.Unresolved) == 0
	return r, nil
}

// wanted reads what must come of it.
func (c *testcase) wanted(r *Result) error {
	if at := c.node.Get("wantError"); at.There() {
		r.Want, r.WantsError = at.Text(), true
		return nil
	}
	if at := c.node.Get("wantFile"); at.There() {
		text, err := readFile(c.beside(at))
		if os.IsNotExist(err) { // which --update makes
			return nil
		}
		r.Want = string(text)
		return err
	}
	r.Want = c.node.Get("want").Text()
	return nil
}

// unresolved are the references that led nowhere and must not. Without the member none
// is judged; false allows none, and a list those that it names.
func (c *testcase) unresolved(a evaluation.Answer) (all []string) {
	allowed := c.all.Get("unresolved")
	if !allowed.There() || allowed.Text() == "true" || a.Explained == nil {
		return nil
	}
	for _, ref := range a.References {
		named := slices.ContainsFunc(allowed.Items(), func(n tree.Node) bool { return n.Text() == ref.Text })
		if text := fmt.Sprintf("%d:%d %s", ref.Line, ref.Column, ref.Text); ref.Unresolved && !named && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// beside is the path of a file that a case names.
func (c *testcase) beside(n tree.Node) string {
	return filepath.Join(filepath.Dir(c.file.name), filepath.FromSlash(n.Text()))
}

// asked are the members of questions that cases have other names for.
var asked = map[string]string{"text": "template", "payload": "body", "parameters": "params"}

// question is what is evaluated, in JSON.
func (c *testcase) question() ([]byte, error) {
	q := tree.Object()
	for member, value := range c.all.Members() {
		if slices.Contains(ofEach, member) {
			continue
		}
		if !slices.Contains(ofLanguages[c.language.Name], member) {
			continue // a default of other languages
		}
		from, isFile := strings.CutSuffix(member, "File")
		if isFile = isFile || member == "template"; isFile {
			text, err := readFile(c.beside(value))
			if err != nil {
				return nil, c.file.at(value, "%s: %v", c.name, err)
			}
			member, value = from, tree.Text(string(text))
		}
		if name, ok := asked[member]; ok {
			member = name
		}
		if member == "body" || member == "schema" || member == "texts" {
			text, err := textOf(value, member == "texts")
			if err != nil {
				return nil, placed(c.file.name, err)
			}
			value = tree.Text(text)
		}
		q.Set(member, value)
	}
	text, err := q.JSON(tree.Limits{Bytes: maxFile, Unique: true})
	if err != nil {
		return nil, placed(c.file.name, err)
	}
	return text, nil
}

// textOf is a text, or what is written as an object or list in JSON; lines may be a list.
func textOf(n tree.Node, lines bool) (string, error) {
	if lines && n.IsList() {
		var all []string
		for _, item := range n.Items() {
			all = append(all, item.Text())
		}
		return strings.Join(all, "\n"), nil
	}
	if !n.IsObject() && !n.IsList() {
		return n.Text(), nil
	}
	text, err := n.JSON(tree.Limits{Bytes: maxFile})
	return string(text), err
}

// update makes what is wanted what is there, and says whether the file of cases has to
// be written.
func (c *testcase) update(r *Result) (inFile bool, err error) {
	r.Want, r.WantsError, r.Updated, r.Passed = r.Got, r.GotError, true, len(r.Unresolved) == 0
	if at := c.node.Get("wantFile"); at.There() && !r.GotError {
		return false, os.WriteFile(c.beside(at), []byte(r.Got), 0o644)
	}
	member := "want"
	if r.GotError {
		member = "wantError"
	}
	for _, old := range []string{"want", "wantFile", "wantError"} {
		if c.node.Get(old).There() {
			c.node.Replace(old, member, tree.Text(r.Got))
			return true, nil
		}
	}
	return false, nil
}

// write writes the file of cases as it is now.
func (f *file) write() error {
	form := f.root.YAML
	if strings.HasSuffix(f.name, ".json") {
		form = f.root.IndentedJSON
	}
	text, err := form()
	if err != nil {
		return err
	}
	return os.WriteFile(f.name, text, 0o644)
}
