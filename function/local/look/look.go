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
	// A look at few files takes less than a millisecond, which an invocation does not
	// notice; more are watched where the system can, and looked at again only after a
	// change.
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
	kept    kept // what the last walk of few files has found
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
	v.besides, v.many, v.kept = paths, false, kept{}
}

// mostFolders bounds the folders that are told.
const mostFolders = 2000

// Folders are those that the files are in, the first two thousand.
func (v *View) Folders() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := walk{view: v, links: map[string]bool{}, tell: true}
	w.all()
	return w.folders
}

// Stamp is the state of the files: their names, sizes and times, but for what package
// managers and version control keep.
func (v *View) Stamp() Stamp {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case !v.many && v.kept.holds():
		return v.seen
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
	w := walk{view: v, watched: watching, links: map[string]bool{}, kept: kept{began: time.Now()}}
	w.all()
	v.seen, v.watched, v.many = Stamp(w.hash.Sum64()), w.watched, w.count > few
	if v.kept = w.kept; v.many {
		v.kept = kept{}
	}
}

// all looks at all there is.
func (w *walk) all() {
	w.hash.SetSeed(seed)
	for _, root := range w.view.roots {
		w.root(root)
	}
	for _, path := range w.view.besides {
		w.watch(filepath.Dir(path))
		w.root(path)
	}
}

// walk is one look.
type walk struct {
	view    *View
	hash    maphash.Hash
	count   int
	watched bool
	links   map[string]bool // where links lead that were followed
	tell    bool            // the folders are wanted
	folders []string
	kept    kept
}

func (w *walk) watch(folder string) {
	if w.tell && len(w.folders) < mostFolders {
		w.folders = append(w.folders, folder)
	}
	w.watched = w.watched && w.view.folders.Add(folder)
}

// root looks at a folder or file, which may be a link.
func (w *walk) root(path string) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		w.kept.root(path, real)
		path = real
	}
	w.kept.doubt(err)
	_ = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			w.kept.doubt(err)
			return nil // a file that goes while it is looked at is a change, seen by its name
		case entry.IsDir() && at != path && Ignored(entry.Name()):
			return filepath.SkipDir
		case entry.IsDir():
			w.watch(at)
			w.kept.folder(at, entry)
			return nil
		}
		if w.count++; w.count > most {
			return filepath.SkipAll
		}
		info, err := entry.Info()
		w.kept.doubt(err)
		if err != nil {
			return nil
		}
		w.file(at, info)
		if info.Mode()&fs.ModeSymlink != 0 && !Ignored(entry.Name()) {
			w.link(at)
		}
		return nil
	})
}

func (w *walk) file(path string, info fs.FileInfo) {
	w.kept.file(path, info)
	_, _ = w.hash.WriteString(path)
	maphash.WriteComparable(&w.hash, info.Size())
	maphash.WriteComparable(&w.hash, info.ModTime().UnixNano())
}

// mostLinks bounds the links that are followed.
const mostLinks = 1000

// link looks at what a link leads to, once.
func (w *walk) link(path string) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || w.links[real] || len(w.links) >= mostLinks {
		return
	}
	w.links[real] = true
	w.watch(filepath.Dir(real))
	w.root(real)
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
