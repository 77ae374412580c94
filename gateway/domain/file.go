package domain

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// maxFile is how many bytes a file of certificates may have.
const maxFile = 4 << 20

// watched is something made of files, made again when one of them has changed.
type watched[T any] struct {
	what  string // for errors, such as "certificate arn:…"
	paths []string
	parse func(contents [][]byte) (*T, error)

	current atomic.Pointer[T]
	seen    []os.FileInfo // of current; of the one goroutine that reads
	last    string        // the last error, so that it is told once
}

// Get is what the files said last.
func (w *watched[T]) Get() *T { return w.current.Load() }

// read makes it again if a file has changed. When that fails, the last good
// version is kept, and the next call tries again.
func (w *watched[T]) read() (changed bool, err error) {
	seen := make([]os.FileInfo, len(w.paths))
	same := len(w.seen) == len(w.paths)
	for i, path := range w.paths {
		if seen[i], err = os.Stat(path); err != nil {
			return false, fmt.Errorf("%s: %w", w.what, err)
		}
		same = same && sameVersion(seen[i], w.seen[i])
	}
	if same {
		return false, nil
	}
	contents := make([][]byte, len(w.paths))
	for i, path := range w.paths {
		if contents[i], err = readFile(path); err != nil {
			return false, fmt.Errorf("%s: %w", w.what, err)
		}
	}
	made, err := w.parse(contents)
	if err != nil {
		return false, fmt.Errorf("%s: %w", w.what, err)
	}
	w.current.Store(made)
	// Noted only where it could be used: a file that was half written is read again.
	w.seen = seen
	return true, nil
}

// again is read for a running process: it says what came of it, errors once.
func (w *watched[T]) again(say func(what string, err error)) {
	changed, err := w.read()
	switch {
	case err != nil && err.Error() != w.last:
		w.last = err.Error()
		say(w.what, err)
	case changed:
		w.last = ""
		say(w.what, nil)
	}
}

// sameVersion compares identity too, so that a file replaced by one of the same
// size and time, as when a symbolic link is switched, is seen.
func sameVersion(a, b os.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	contents, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(contents) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return contents, err
}
