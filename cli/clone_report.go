package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/clone"
	"github.com/dragoman-gateway/dragoman/clone/code"
	"github.com/dragoman-gateway/dragoman/management/document"
)

// cloneReport is what a clone tells at its end.
type cloneReport struct {
	*clone.Copy
	region string
	flags  []string // of serve, for the functions that were fetched
	where  string   // how the document is served, "" where it is already
}

// fetch downloads the code of the functions, each into a folder of its own. What
// cannot be had is told.
func (r *cloneReport) fetch(ctx context.Context, f *code.Fetcher, out *destination, shown *progress) error {
	taken, runs := map[string]bool{}, map[string]bool{}
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
			r.Report.Unread = append(r.Report.Unread, clone.Line{What: what, Why: err.Error()})
			continue
		}
		if len(got.Variables) > 0 {
			r.left(what, "the values of its environment ("+strings.Join(got.Variables, ", ")+"), which may be secrets")
		}
		if got.Layers > 0 {
			r.left(what, fmt.Sprintf("its %d layers", got.Layers))
		}
		// Flags know functions by their bare names, whatever their account or version.
		if runs[fn.Name.Name] {
			r.Report.Notes = append(r.Report.Notes, clone.Line{What: what, Why: "serve runs one function of a name: the code in " + folder + " is not the one that it runs"})
			continue
		}
		runs[fn.Name.Name] = true
		r.flags = append(r.flags, flagOf(fn, filepath.Join(out.functions, folder), got))
	}
	return nil
}

// unfetched tells of the functions whose code stays where it is.
func (r *cloneReport) unfetched() {
	for i := range r.Functions {
		fn := &r.Functions[i]
		r.left("function "+titleOf(fn), "its code: --functions fetches it, serve --function "+fn.Name.Name+"=DIR runs it")
	}
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

// flagOf is the flag of serve that runs a function that was fetched.
func flagOf(fn *clone.Function, dir string, got *code.Function) string {
	value := fn.Name.Name + "=" + dir
	if got.Handler != "" {
		value += "#" + got.Handler
	}
	if got.Runtime != "" {
		value += "@" + got.Runtime
	}
	return "--function " + shellWord(value)
}

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
		fmt.Fprintf(&b, "serve it: dragoman serve %s%s%s\n", r.where, account, strings.Join(append([]string{""}, r.flags...), " "))
	}
	return b.String()
}
