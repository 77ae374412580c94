package up

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// stateFolder is what a session keeps beside the template.
const stateFolder = ".dragoman"

// ignore keeps the folder out of every repository.
const ignore = "# What dragoman up keeps of this machine; --reset forgets it.\n*\n"

// openFolder makes the folder for the state beside a template; reset forgets what was
// in it.
func openFolder(beside string, reset bool) (string, error) {
	folder := filepath.Join(beside, stateFolder)
	if sqlite.InUse(state(folder)) {
		return "", fmt.Errorf("another dragoman up serves %s: end that first", beside)
	}
	if reset {
		// Only what has our mark is removed, whoever has made a folder of that name.
		if _, err := os.Stat(filepath.Join(folder, ".gitignore")); err == nil {
			if err := os.RemoveAll(folder); err != nil {
				return "", fmt.Errorf("--reset: %w", err)
			}
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("%w: %w; --data-dir gives it another", errNoPlace, err)
	}
	file := filepath.Join(folder, ".gitignore")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return folder, os.WriteFile(file, []byte(ignore), 0o600)
	}
	return folder, nil
}

// errNoPlace says that nothing can be made beside a template.
var errNoPlace = errors.New("the state has no place")

// elsewhereThan is a folder for what a session keeps when it can be nowhere beside its
// template: in the data directory, or, where the state is in memory, one that is passing.
func elsewhereThan(dataDir string) (folder string, passing bool, err error) {
	if dataDir == "" {
		folder, err = os.MkdirTemp("", "dragoman-up-")
		return folder, true, err
	}
	folder = filepath.Join(dataDir, "up")
	return folder, false, os.MkdirAll(folder, 0o700)
}

// state is the data directory in the folder.
func state(folder string) string { return filepath.Join(folder, "state") }
