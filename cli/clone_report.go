package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/clone"
	"github.com/dragoman-gateway/dragoman/clone/code"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// cloneReport is what a clone tells at its end.
type cloneReport struct {
	*clone.Copy
	region string
	where  string // how the document is served, "" where it is already
}

// fetch downloads the code of the functions, each into a folder of its own, and names
// them in the document. What cannot be had is told.
func (r *cloneReport) fetch(ctx context.Context, f *code.Fetcher, out *destination, shown *progress) error {
	taken, section := map[string]bool{}, tree.Object()
	for i := range r.Functions {
		fn := &r.Functions[i]
		shown.show("function " + fn.Name.Name)
		folder := folderOf(fn, taken)
		dir, err := out.folder(folder)
		if err != nil {
			return err
		}
		got, err := f.Fetch(ctx, fn.Name, dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		what := "function " + titleOf(fn)
		if err != nil {
			if err := out.without(folder); err != nil {
				return err
			}
			r.Report.Unread = append(r.Report.Unread, clone.Line{What: what, Why: strings.Join(strings.Fields(err.Error()), " ")})
			continue
		}
		r.lacking(what, got)
		// Documents know functions by their bare names, whatever their account or version.
		if section.Get(fn.Name.Name).There() {
			r.note(what, "one function of a name is run: the code in "+folder+" is not the one")
			continue
		}
		if _, err := (local.Function{Name: fn.Name.Name, Dir: dir, Handler: got.Handler, Runtime: got.Runtime}).Complete(); err != nil {
			r.note(what, "its code is in "+folder+", and is not run: "+err.Error())
			continue
		}
		section.Set(fn.Name.Name, sectionOf(filepath.Base(out.functions)+"/"+folder, got))
	}
	if section.Len() == 0 {
		return nil
	}
	text, err := tree.Object().Set("functions", section).YAML()
	r.Document = append(r.Document, text...)
	return err
}

// lacking tells what of a function does not come with its code.
func (r *cloneReport) lacking(what string, got *code.Function) {
	if len(got.Variables) > 0 {
		r.left(what, "the values of its environment ("+strings.Join(got.Variables, ", ")+"), which may be secrets")
	}
	if got.Layers > 0 {
		r.left(what, fmt.Sprintf("its layers: %d", got.Layers))
	}
}

// sectionOf is what the document says of a function; dir is seen from the document.
func sectionOf(dir string, got *code.Function) tree.Node {
	n := tree.Object().Set("dir", tree.Text("./"+dir))
	n.SetFilled("handler", tree.Text(got.Handler)).SetFilled("runtime", tree.Text(got.Runtime))
	if got.Timeout > 0 {
		n.Set("timeout", tree.Int(got.Timeout))
	}
	if got.Memory > 0 {
		n.Set("memorySize", tree.Int(got.Memory))
	}
	return n
}

// unfetched tells of the functions whose code stays where it is.
func (r *cloneReport) unfetched() {
	for i := range r.Functions {
		fn := &r.Functions[i]
		r.left("function "+titleOf(fn), "its code: --functions fetches it, serve --function "+fn.Name.Name+"=DIR runs it")
	}
}

func (r *cloneReport) note(what, why string) {
	r.Report.Notes = append(r.Report.Notes, clone.Line{What: what, Why: why})
}

func (r *cloneReport) left(what, why string) {
	r.Report.Left = append(r.Report.Left, clone.Line{What: what, Why: why})
}

// titleOf is how people name a function.
func titleOf(fn *clone.Function) string {
	name := fn.Name.Name
	if fn.Qualifier != "" {
		name += ":" + fn.Qualifier
	}
	return name
}

// folderOf is a folder's name for a function that no other function has.
func folderOf(fn *clone.Function, taken map[string]bool) string {
	name := unsafeName.ReplaceAllString(strings.ReplaceAll(titleOf(fn), ":", "-"), "_")
	for base, n := name, 2; taken[strings.ToLower(name)] || strings.Trim(name, ".") == ""; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	taken[strings.ToLower(name)] = true // some systems tell no upper case from lower
	return name
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9._-]`)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./#-]+$`)

// shellWord is a word as a shell takes it.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// String is the report as it is printed.
func (r *cloneReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "copied %s from %s\n", document.Count(r.Counts), r.region)
	for _, part := range []struct {
		title string
		lines []clone.Line
	}{
		{"not read, so that the copy is incomplete:", r.Report.Unread},
		{"not copied:", r.Report.Left},
		{"different:", r.Report.Notes},
	} {
		if len(part.lines) > 0 {
			fmt.Fprintln(&b, part.title)
		}
		for _, l := range part.lines {
			fmt.Fprintln(&b, "  "+l.String())
		}
	}
	if r.where != "" {
		account := ""
		if r.Account != document.DefaultAccount {
			account = " --account " + r.Account
		}
		fmt.Fprintf(&b, "serve it: dragoman serve %s%s\n", r.where, account)
	}
	return b.String()
}
