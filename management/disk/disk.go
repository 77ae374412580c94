package disk

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// The bounds of what a document may take in.
const (
	mostFile = 1 << 20 // bytes of one file, many times what a mapping template may have
	mostAll  = 64 << 20
)

var errMuch = fmt.Errorf("a file may have %d bytes, and all of them %d", mostFile, mostAll)

// What opens a variable and a file. Neither is anything in Velocity, in selection expressions
// or in the formats of access logs, whose names have no colon, so that no template that
// works is read otherwise.
const (
	envOpens  = "${env:"
	fileOpens = "${file:"
)

// Folder is where the files of a document are, with what has been read of it.
type Folder struct {
	Path   string
	Lookup func(name string) (string, bool) // a variable of the environment; nil: that of this process
	Asked  func(path string)                // told of each file before it is opened, whether it is there or not; nil for nobody

	root *os.Root
	size int
	seen map[string]version // files that were taken in
}

// version is enough of a file to see that it has changed.
type version struct {
	size int64
	time time.Time
}

// Of is the folder of a document.
func Of(document string) *Folder { return &Folder{Path: filepath.Dir(document)} }

// Complete replaces what stands for variables and files in all values of a document, once.
// A value that cannot be completed is told, and is Unread afterwards.
func (f *Folder) Complete(root tree.Node) []*tree.Error {
	f.size, f.seen = 0, map[string]version{}
	defer f.close()
	return root.Rewrite(func(text string) (string, bool, error) {
		if path, ok := whole(text); ok {
			text, err := f.read(path)
			return text, true, err
		}
		if !strings.Contains(text, "${env:") && !strings.Contains(text, "${file:") {
			return text, false, nil
		}
		text, err := f.fill(text)
		return text, false, err
	})
}

// Changed says whether a file that was taken in is another by now, or gone.
func (f *Folder) Changed() bool {
	for path, was := range f.seen {
		if info, err := os.Stat(filepath.Join(f.Path, path)); err != nil || (version{info.Size(), info.ModTime()}) != was {
			return true
		}
	}
	return false
}

// whole is the path of a value that stands for a file. Text before or behind it would have
// to be fitted into whatever the file is, which nobody can do for every language.
func whole(text string) (path string, ok bool) {
	path, ok = strings.CutPrefix(text, fileOpens)
	if !ok || !strings.HasSuffix(path, "}") || strings.Contains(path, "${") {
		return "", false
	}
	return path[:len(path)-1], true
}

// fill replaces the variables in a text. What a variable holds is not looked into again: one
// that says ${env:…} may come from somebody who must not read the others.
func (f *Folder) fill(text string) (string, error) {
	var b strings.Builder
	for {
		at := strings.Index(text, "${")
		if at < 0 {
			b.WriteString(text)
			return b.String(), nil
		}
		escaped := at > 0 && text[at-1] == '$'
		rest := text[at:]
		switch {
		case escaped && (strings.HasPrefix(rest, envOpens) || strings.HasPrefix(rest, fileOpens)):
			b.WriteString(text[:at-1] + "${")
			text = rest[2:]
		case strings.HasPrefix(rest, envOpens):
			name, behind, closed := strings.Cut(rest[len(envOpens):], "}")
			if !closed {
				return "", fmt.Errorf("%s is not closed by }", envOpens)
			}
			value, err := f.variable(name)
			if err != nil {
				return "", err
			}
			b.WriteString(text[:at] + value)
			text = behind
		case strings.HasPrefix(rest, fileOpens):
			return "", fmt.Errorf("%sPATH} must be the whole value", fileOpens)
		default: // of a mapping template, or of an expression
			b.WriteString(text[:at+2])
			text = rest[2:]
		}
		if b.Len() > mostFile {
			return "", fmt.Errorf("variables make more of this than %d bytes", mostFile)
		}
	}
}

func (f *Folder) variable(text string) (string, error) {
	name, otherwise, has := strings.Cut(text, ":-")
	if !isName(name) {
		return "", fmt.Errorf("%s%s}: want the name of a variable", envOpens, text)
	}
	lookup := f.Lookup
	if lookup == nil {
		lookup = os.LookupEnv
	}
	if value, ok := lookup(name); ok {
		return value, nil
	}
	if has {
		return otherwise, nil
	}
	return "", fmt.Errorf("there is no variable %s in the environment; %s%s:-TEXT} gives a default", name, envOpens, name)
}

// isName says whether a text is what shells take for the name of a variable.
// Documented: POSIX.1-2017, Base Definitions, 3.235 Name.
func isName(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// read is what a file holds, without the line end that editors put at its end.
func (f *Folder) read(path string) (string, error) {
	fail := func(err error) (string, error) { return "", fmt.Errorf("%s%s}: %w", fileOpens, path, err) }
	// Paths are those of the document on every system, and none that means another by dots:
	// a reader sees which file it is.
	if !filepath.IsLocal(filepath.FromSlash(path)) || strings.Contains(path, `\`) || path != filepath.ToSlash(filepath.Clean(path)) {
		return fail(fmt.Errorf("want a path without .. to a file below the document's folder"))
	}
	if f.size > mostAll {
		return fail(errMuch)
	}
	if f.Asked != nil {
		f.Asked(filepath.Join(f.Path, path))
	}
	// os.Root judges every link on the way while it opens, so that none can be changed
	// between a look and the reading.
	if f.root == nil {
		var err error
		if f.root, err = os.OpenRoot(f.Path); err != nil {
			return fail(err)
		}
	}
	// A file that is none may hold up who opens it.
	info, err := f.root.Stat(path)
	if err != nil {
		return fail(plainly(err))
	}
	if !info.Mode().IsRegular() {
		return fail(fmt.Errorf("it is no file"))
	}
	file, err := f.root.Open(path)
	if err != nil {
		return fail(plainly(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostFile+1))
	if err != nil {
		return fail(plainly(err))
	}
	if f.size += len(text); len(text) > mostFile || f.size > mostAll {
		return fail(errMuch)
	}
	f.seen[path] = version{info.Size(), info.ModTime()}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// plainly leaves out the path, which is told already.
func plainly(err error) error {
	if wrong, ok := err.(*fs.PathError); ok {
		return wrong.Err
	}
	return err
}

func (f *Folder) close() {
	if f.root != nil {
		_ = f.root.Close()
		f.root = nil
	}
}
