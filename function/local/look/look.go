package look

import (
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/watch"
)

// Stamp tells two states apart. Zero is that of nothing.
type Stamp uint64

var seed = maphash.MakeSeed()

const (
	few       = 200    // files are looked at each time
	most      = 20_000 // files are looked at
	lookedFor = 20     // times what it took is a look good for, where nothing is watched
)

// View is the files of one function. It is safe for concurrent use.
type View struct {
	folders *watch.Folders // nil: nothing can be watched
	roots   []string

	mu      sync.Mutex // Protects fields below.
	besides []string
	seen    Stamp
	many    bool
	watched bool      // everything
	changes uint64    // there were before the last look
	until   time.Time // seen is good, where nothing is watched
}

// New makes a View of folders with what is below them. Several may share the Folders,
// which may be nil.
func New(folders *watch.Folders, roots ...string) *View { return &View{folders: folders, roots: roots} }

// Besides makes these the files and folders that are looked at besides the roots.
func (v *View) Besides(paths []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.besides, v.many = paths, false
}

// Stamp is the state of the files: their names, sizes and times, but for what package
// managers and version control keep.
func (v *View) Stamp() Stamp {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case !v.many:
	case v.watched:
		if n, known := v.folders.Changes(); known && n == v.changes {
			return v.seen
		}
	case time.Now().Before(v.until):
		return v.seen
	}
	began, watching := time.Now(), v.many && v.folders != nil
	if watching {
		v.changes = v.folders.Heard()
	}
	v.walk(watching)
	if v.many && !v.watched && (watching || v.folders == nil) {
		v.until = time.Now().Add(lookedFor * time.Since(began))
	}
	return v.seen
}

// walk looks at everything. Folders of many files come to be watched by that, each
// before its files are looked at.
func (v *View) walk(watching bool) {
	var h maphash.Hash
	h.SetSeed(seed)
	count, watched := 0, watching
	watch := func(folder string) {
		watched = watched && v.folders.Add(folder)
	}
	for i, root := range append(v.roots[:len(v.roots):len(v.roots)], v.besides...) {
		if i >= len(v.roots) && watched {
			watch(filepath.Dir(root))
		}
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // a file that goes while it is looked at is a change, seen by its name
			case entry.IsDir() && path != root && Ignored(entry.Name()):
				return filepath.SkipDir
			case entry.IsDir():
				if watched {
					watch(path)
				}
				return nil
			}
			if count++; count > most {
				return filepath.SkipAll
			}
			info, err := entry.Info()
			if err != nil {
				return nil
			}
			_, _ = h.WriteString(path)
			maphash.WriteComparable(&h, info.Size())
			maphash.WriteComparable(&h, info.ModTime().UnixNano())
			return nil
		})
	}
	v.seen, v.watched = Stamp(h.Sum64()), watched
	v.many = count > few
}

// ChangedSince tells whether one of the files was written at a time or after it.
func ChangedSince(files []string, since time.Time) bool {
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || !info.ModTime().Before(since) {
			return true
		}
	}
	return false
}

// Ignored are folders whose files are not a developer's own.
func Ignored(name string) bool {
	switch name {
	case "node_modules", "__pycache__", "venv", "target", "cdk.out":
		return true
	}
	return strings.HasPrefix(name, ".")
}
