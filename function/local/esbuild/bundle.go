package esbuild

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Job is what is to be bundled.
type Job struct {
	Dir     string // folder of the code, absolute
	Handler string // as Lambda reads it: its file is the entry point where Properties name none
	Node    string // version of Node that the bundle is for, such as 22
	Out     string // folder that the bundle is written to, absolute and empty
	// Modules are folders of packages beside those that Node finds, such as layers'.
	Modules []string
	// SAM says that the bundle is made as SAM makes it, by Properties: else it is what
	// this version of Node needs and no more.
	SAM        bool
	Properties map[string]json.RawMessage // BuildProperties, by their names there
}

// Bundle is what was made.
type Bundle struct {
	Handler  string   // that Lambda would be told, below Out
	Inputs   []string // all files that it was made of, absolute
	Warnings []string
}

// extensions of files that Node does not run and that are bundled, in the order in
// which they are looked for.
var extensions = []string{".ts", ".tsx", ".mts", ".cts"}

// Source is the file of a handler that has to be bundled, relative to the folder of its
// code; "" when Node can run what is there.
func Source(dir, handler string) string {
	stem := stemOf(handler)
	// Observed: where AWS's runtime client for Node looks for a handler. What it would
	// find runs as it is, even beside a source of the same name.
	for _, extension := range []string{"", ".js", ".mjs", ".cjs"} {
		if isFile(filepath.Join(dir, stem+extension)) {
			return ""
		}
	}
	for _, base := range []string{stem, filepath.Join(stem, "index")} {
		for _, extension := range extensions {
			if isFile(filepath.Join(dir, base+extension)) {
				return base + extension
			}
		}
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// stemOf is a handler without its function: the file that it is in, without extension.
func stemOf(handler string) string {
	dir, last := filepath.Split(filepath.FromSlash(handler))
	before, _, _ := strings.Cut(last, ".")
	return dir + before
}

// Make makes a bundle. An error tells each fault with its file, line and column.
func Make(job Job) (*Bundle, error) {
	options, warnings, err := job.options()
	if err != nil {
		return nil, err
	}
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return nil, errors.New(told(job.Dir, result.Errors))
	}
	bundle := &Bundle{Warnings: warnings}
	if len(result.Warnings) > 0 {
		bundle.Warnings = append(bundle.Warnings, told(job.Dir, result.Warnings))
	}
	if bundle.Inputs, err = inputs(job.Dir, result.Metafile); err != nil {
		return nil, err
	}
	if bundle.Handler, err = job.handler(); err != nil {
		return nil, err
	}
	return bundle, job.surround(options.Format)
}

// told is what esbuild says, with the place in front as compilers have it.
func told(dir string, messages []api.Message) string {
	var lines []string
	for _, m := range messages {
		text := m.Text
		if at := m.Location; at != nil {
			file := at.File
			if !filepath.IsAbs(file) {
				file = filepath.Join(dir, file)
			}
			text = fmt.Sprintf("%s:%d:%d: %s", file, at.Line, at.Column+1, text)
			if line := strings.TrimRight(at.LineText, " \t\r"); line != "" && len(line) < 500 {
				text += "\n    " + line
			}
		}
		for _, note := range m.Notes {
			// That it might be left out of the bundle would put the fault off to the first call.
			if name := missing(m.Text); name == "" || !strings.Contains(note.Text, " as external ") {
				text += "\n    " + note.Text
			} else {
				text += "\n    npm install " + name + " beside the function or above it; BuildProperties: {External: [" + name + "]} leaves to Lambda what is there alone"
			}
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

var unresolved = regexp.MustCompile(`^Could not resolve "((?:@[^/"]+/)?[^./"@][^/"]*)`)

// missing is the package that a message says is nowhere; "" when it says something else.
func missing(text string) string {
	if m := unresolved.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// inputs are the files that a metafile names.
func inputs(dir, metafile string) ([]string, error) {
	var meta struct{ Inputs map[string]struct{} }
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return nil, err
	}
	files := make([]string, 0, len(meta.Inputs))
	for name := range meta.Inputs {
		// Documented: esbuild, Metafile: paths are relative to the working directory, and
		// those of a plugin have its namespace in front.
		if strings.Contains(name, ":") && !filepath.IsAbs(name) {
			continue // of a namespace, such as (disabled):fs: no file
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		files = append(files, name)
	}
	return files, nil
}

// handler is where the handler is among what was written. Several entry points keep
// the folders that they do not have in common, one keeps none, and templates name the
// file as it comes to lie.
func (j *Job) handler() (string, error) {
	stem := stemOf(j.Handler)
	function := strings.TrimPrefix(filepath.FromSlash(j.Handler), stem)
	// Documented: esbuild, Outdir and Outbase: what is written keeps the folders below the
	// lowest one that the entry points have in common.
	for _, at := range []string{stem, filepath.Base(stem)} {
		for _, extension := range []string{".js", ".mjs", ".cjs"} {
			if isFile(filepath.Join(j.Out, at+extension)) {
				return filepath.ToSlash(at) + function, nil
			}
		}
	}
	return "", fmt.Errorf("handler %s: the bundle has no %s.js", j.Handler, filepath.ToSlash(stem))
}
