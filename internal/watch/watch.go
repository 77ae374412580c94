package watch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// How a burst of changes becomes one: it is told when nothing more came for a moment,
// and after a while at the latest, for some programs never stop writing.
const (
	quiet   = 60 * time.Millisecond
	longest = 500 * time.Millisecond
)

// Watcher watches files. Its methods are for one goroutine, which also calls Wait.
type Watcher struct {
	system  *fsnotify.Watcher
	logger  *slog.Logger
	wanted  map[string]bool // paths of files, absolute, and where links among them lead
	whole   map[string]bool // folders, absolute, whatever happens in which is told
	folders map[string]bool // that are watched
}

// New makes a Watcher of nothing.
func New(logger *slog.Logger) (*Watcher, error) {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &Watcher{system: system, logger: logger, wanted: map[string]bool{}, whole: map[string]bool{}, folders: map[string]bool{}}, nil
}

// Files are the files to watch from now on, by absolute paths. Others are watched no
// more.
func (w *Watcher) Files(paths ...string) {
	w.wanted = make(map[string]bool, len(paths))
	w.whole = map[string]bool{}
	needed := map[string]bool{}
	for _, path := range paths {
		path = filepath.Clean(path)
		w.wanted[path] = true
		if real, err := filepath.EvalSymlinks(path); err == nil {
			w.wanted[real] = true
		}
		// A folder has one watch, whatever names it is known by, and what happens in it is
		// told by the name that was added last: that is always the one without links.
		if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
			w.wanted[filepath.Join(real, filepath.Base(path))] = true
		}
		for folder := range around(path) {
			if real, err := filepath.EvalSymlinks(folder); err == nil {
				folder = real
			}
			needed[folder] = true
		}
	}
	w.watch(needed)
}

// Folders are watched from now on with whatever is in them, but for what is in folders below
// them, and nothing else is.
func (w *Watcher) Folders(paths ...string) {
	w.wanted, w.whole = map[string]bool{}, make(map[string]bool, len(paths))
	for _, path := range paths {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			w.whole[real] = true
		}
	}
	w.watch(w.whole)
}

// watch watches these folders and no others.
func (w *Watcher) watch(needed map[string]bool) {
	for folder := range w.folders {
		if !needed[folder] {
			_ = w.system.Remove(folder) // it may be gone already
			delete(w.folders, folder)
		}
	}
	for folder := range needed {
		w.add(folder)
	}
}

// around are the folder of a file and, where a part of the way to it is not there or
// is a link, what must change for the file to be another one.
func around(path string) map[string]bool {
	folders := map[string]bool{}
	for at := filepath.Dir(path); ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && info.IsDir() {
			folders[at] = true
			break
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		folders[filepath.Dir(real)] = true
	}
	return folders
}

func (w *Watcher) add(folder string) {
	// A folder that was made anew has lost its watch, so that it is added again.
	if err := w.system.Add(folder); err != nil {
		if !w.folders[folder] {
			w.logger.Warn("changes are not seen", "folder", folder, "error", err)
		}
		return
	}
	w.folders[folder] = true
}

// Wait returns true when a watched file may have changed, once for a burst, and false
// when ctx has ended.
func (w *Watcher) Wait(ctx context.Context) bool {
	var told, latest <-chan time.Time
	for {
		select {
		case event, open := <-w.system.Events:
			if !open {
				return false
			}
			if !w.concerns(event) {
				continue
			}
			told = time.After(quiet)
			if latest == nil {
				latest = time.After(longest)
			}
		case err, open := <-w.system.Errors:
			if !open {
				return false
			}
			// What was lost is not known, so that all may have changed.
			w.logger.Warn("watching files", "error", err)
			told = time.After(quiet)
		case <-told:
			return true
		case <-latest:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// concerns says whether something happened to a watched file, or to a folder on the
// way to one.
func (w *Watcher) concerns(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod {
		return false
	}
	name := filepath.Clean(event.Name)
	if w.wanted[name] || w.whole[name] || w.whole[filepath.Dir(name)] {
		return true
	}
	for path := range w.wanted {
		if inside(path, name) {
			return true
		}
	}
	return false
}

// inside says whether a path is somewhere below a folder.
func inside(path, folder string) bool {
	return len(path) > len(folder) && path[:len(folder)] == folder && path[len(folder)] == filepath.Separator
}

// Close ends watching.
func (w *Watcher) Close() error { return w.system.Close() }
