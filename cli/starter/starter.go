package starter

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Files of Go end in .txt here, so that they are no part of this module.
//
//go:embed node typescript python go page
var files embed.FS

// Runtimes are the languages that there is an example in, the usual one first.
func Runtimes() []string { return []string{"node", "typescript", "python", "go"} }

// Write writes an example into a folder, which is made or must be empty, and tells the
// files in order.
func Write(dir, runtime string) ([]string, error) {
	if !slices.Contains(Runtimes(), runtime) {
		return nil, fmt.Errorf("there is no example in %q: want %s", runtime, strings.Join(Runtimes(), ", "))
	}
	there, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(there) > 0 {
		return nil, fmt.Errorf("%s is not empty: name a folder that is, or a new one", dir)
	}
	var written []string
	for from, to := range map[string]string{runtime: "", "page": "src"} {
		err := fs.WalkDir(files, from, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			name := filepath.Join(to, strings.TrimSuffix(strings.TrimPrefix(path, from+"/"), ".txt"))
			written = append(written, name)
			return copyTo(filepath.Join(dir, name), path)
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(written)
	return written, nil
}

func copyTo(path, from string) error {
	text, err := files.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o666)
}
