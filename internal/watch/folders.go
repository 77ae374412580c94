package watch

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	mostFolders = 20_000                 // that are watched at a time
	hearing     = 250 * time.Millisecond // how long a mark is waited for
)

// Folders counts changes in folders, for those who want to know exactly whether there
// was one: what was written before they ask is counted. It is safe for concurrent use.
//
// Systems tell of changes some time after they are made, but in their order. So whoever
// asks changes a file of his own and reads until that is told of. Between questions the
// system keeps what there is to tell; should that be too much, it tells so, which is a
// change too.
type Folders struct {
	system *fsnotify.Watcher
	mark   string // that file
	count  atomic.Uint64
	began  atomic.Uint64 // marks made
	deaf   atomic.Bool   // marks are not told of, so that nothing is known

	asking sync.Mutex // held while a mark is waited for

	mu      sync.Mutex // Protects field below.
	watched map[string]bool
}

// NewFolders makes Folders that watch nothing yet. dir is theirs alone.
func NewFolders(dir string) (*Folders, error) {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	f := &Folders{system: system, mark: filepath.Join(dir, "mark"), watched: map[string]bool{}}
	err = os.WriteFile(f.mark, nil, 0o600)
	if err == nil {
		err = system.Add(dir)
	}
	if err != nil {
		return nil, errors.Join(err, system.Close())
	}
	return f, nil
}

// Add watches a folder too, without those below it. It tells whether the folder is
// watched: there is an end of what a system watches.
func (f *Folders) Add(folder string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.watched) >= mostFolders && !f.watched[folder] {
		return false
	}
	if f.system.Add(folder) != nil { // it is added again if it is another one under its name
		return false
	}
	f.watched[folder] = true
	return true
}

// Heard is how many changes were counted so far, without asking for more.
func (f *Folders) Heard() uint64 { return f.count.Load() }

// Changes is how many changes there were, those included that were made just now. It
// tells nothing when it cannot know.
func (f *Folders) Changes() (n uint64, known bool) {
	if f.deaf.Load() {
		return 0, false
	}
	arrived := f.began.Load()
	f.asking.Lock()
	defer f.asking.Unlock()
	if f.began.Load() > arrived || f.deaf.Load() { // a mark was made and heard since this was asked
		return f.count.Load(), !f.deaf.Load()
	}
	f.began.Add(1)
	if !f.touch() || !f.hear() {
		f.deaf.Store(true)
		return 0, false
	}
	return f.count.Load(), true
}

// touch changes the mark.
func (f *Folders) touch() bool {
	now := time.Now()
	return os.Chtimes(f.mark, now, now) == nil
}

// hear counts what there is to tell, until the mark is told of.
func (f *Folders) hear() bool {
	over := time.NewTimer(hearing)
	defer over.Stop()
	for {
		select {
		case event, open := <-f.system.Events:
			if !open || event.Name == f.mark {
				return open
			}
			f.count.Add(1)
			over.Reset(hearing)
		case _, open := <-f.system.Errors: // what was lost is not known, and may be the mark
			if !open || !f.touch() {
				return false
			}
			f.count.Add(1)
		case <-over.C:
			return false
		}
	}
}

// Close ends watching.
func (f *Folders) Close() error {
	f.deaf.Store(true)
	return f.system.Close()
}
