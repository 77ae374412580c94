package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A state is replaced as a whole, although it is several files: the new ones are made
// in a directory, which a rename declares to be complete. From then on whoever opens
// the store finishes what is left to be done.
const (
	makingName  = "pending.new" // new files that are not complete
	pendingName = "pending"     // files that are to be the state, and what they replace
	freshName   = "fresh"       // in there: those files
)

// stateFiles are the database and what SQLite has beside it.
var stateFiles = []string{databaseName, databaseName + "-wal", databaseName + "-shm", databaseName + "-journal"}

// making is a directory for new files; what an earlier attempt left is removed. It is in the
// directory of the state, so that a rename is one and no copy.
func making(dir string) (string, error) {
	if err := os.RemoveAll(filepath.Join(dir, makingName)); err != nil {
		return "", err
	}
	fresh := filepath.Join(dir, makingName, freshName)
	return fresh, os.MkdirAll(fresh, 0o700)
}

// swap makes the files in the directory of making the state. The answer is where the
// files are that were the state before, "" when there were none.
func swap(dir string) (aside string, err error) {
	syncDir(filepath.Join(dir, makingName, freshName))
	syncDir(filepath.Join(dir, makingName))
	if err := os.Rename(filepath.Join(dir, makingName), filepath.Join(dir, pendingName)); err != nil {
		return "", err
	}
	syncDir(dir)
	return settle(dir)
}

// settle finishes a swap that was declared complete. Each step may be the last one
// before a crash, and is then found done or not begun.
func settle(dir string) (aside string, err error) {
	pending := filepath.Join(dir, pendingName)
	fresh := filepath.Join(pending, freshName)
	if !exists(pending) {
		return "", nil
	}
	move := func(name, from, to string) {
		if err == nil && exists(filepath.Join(from, name)) {
			err = os.Rename(filepath.Join(from, name), filepath.Join(to, name))
		}
	}
	// The count goes first: between the two it belongs to the new database, whose id the old
	// one does not have, and a crash there is finished at the next start.
	if exists(filepath.Join(fresh, countName)) {
		move(countName, dir, pending)
		move(countName, fresh, dir)
	}
	if exists(filepath.Join(fresh, databaseName)) {
		for _, name := range stateFiles {
			move(name, dir, pending)
		}
		move(databaseName, fresh, dir)
	}
	if err != nil {
		return "", fmt.Errorf("replacing the state: %w", err)
	}
	syncDir(dir)
	if err := os.RemoveAll(fresh); err != nil {
		return "", err
	}
	if err := os.Remove(pending); err == nil { // there was nothing before
		return "", nil
	}
	// What was replaced is never removed here: it may be all that there is of somebody's work.
	aside = unused(filepath.Join(dir, "replaced-"+time.Now().UTC().Format("20060102T150405Z")))
	if err := os.Rename(pending, aside); err != nil {
		return "", err
	}
	syncDir(dir)
	return aside, nil
}

// exists says that there is something; a name that cannot be looked at is taken for one.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// unused is a path that nobody has, made of one that somebody may have.
func unused(path string) string {
	free := path
	for n := 2; exists(free); n++ {
		free = fmt.Sprintf("%s-%d", path, n)
	}
	return free
}
