package up

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/dragoman-gateway/dragoman/template"
)

// files reads what templates name, and remembers all that was asked for, found or not:
// whatever comes or goes there may make another template of it.
type files struct{ asked stamps }

// stamps tell what files looked like, by absolute path; nil of one that is not there.
type stamps map[string]fs.FileInfo

// same says whether they look the same now.
func (s stamps) same() bool {
	for path, was := range s {
		now, err := os.Stat(path)
		if (err != nil) != (was == nil) || was != nil && (now.Size() != was.Size() || !now.ModTime().Equal(was.ModTime()) || !os.SameFile(now, was)) {
			return false
		}
	}
	return true
}

var _ template.Files = (*files)(nil)

// longest is how many bytes a file of a template may have.
const longest = 64 << 20

func (f *files) note(name string) {
	path, err := filepath.Abs(filepath.FromSlash(name))
	if _, before := f.asked[path]; err != nil || before {
		return
	}
	f.asked[path] = nil
	if info, err := os.Stat(path); err == nil {
		f.asked[path] = info
	}
}

// ReadFile implements template.Files. A pipe that nobody writes into is empty: a
// template that names one would wait for ever otherwise.
func (f *files) ReadFile(name string) ([]byte, error) {
	f.note(name)
	opened, err := os.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, longest+1))
	if err == nil && len(text) > longest {
		err = fmt.Errorf("%s is larger than %d bytes", name, longest)
	}
	return text, err
}

// Real implements template.Files.
func (f *files) Real(name string) string {
	path, err := filepath.Abs(filepath.FromSlash(name))
	if err != nil {
		return name
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.ToSlash(path)
}

// Stat implements template.Files.
func (f *files) Stat(name string) (fs.FileInfo, error) {
	f.note(name)
	return os.Stat(filepath.FromSlash(name))
}
