package local

import (
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/program"
)

// stamp tells two states of a folder apart.
type stamp uint64

var seed = maphash.MakeSeed()

// A look at few files is made for each invocation. A look at more is good for so many
// times what it took, so that looking costs a twentieth of the time at most, however
// large the folder.
const (
	fewFiles  = 200
	lookedFor = 20
)

// mostFiles bounds how many files are looked at.
const mostFiles = 20_000

// look is the state of the function's folder and layers: names, sizes and times of
// their files, but for what package managers and version control keep there.
func (p *pool) look() stamp {
	p.mu.Lock()
	if time.Now().Before(p.lookAgain) {
		defer p.mu.Unlock()
		return p.seen
	}
	paths := append([]string{p.function.Dir}, p.function.Layers...)
	if p.program != nil {
		paths = append(paths, p.program.Inputs...)
	}
	p.mu.Unlock()
	began := time.Now()
	now, count := stampOf(paths)
	ended := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen = now; count > fewFiles {
		p.lookAgain = ended.Add(lookedFor * ended.Sub(began))
	}
	return now
}

// changedSince tells whether one of the files was written at a time or after it.
func changedSince(files []string, since time.Time) bool {
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || !info.ModTime().Before(since) {
			return true
		}
	}
	return false
}

// stampOf is the state of folders and files, and how many files that are.
func stampOf(folders []string) (stamp, int) {
	var h maphash.Hash
	h.SetSeed(seed)
	count := 0
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil // a file that goes while it is looked at is a change, seen by its name
			}
			if entry.IsDir() {
				if path != folder && program.Ignored(entry.Name()) {
					return filepath.SkipDir
				}
				return nil
			}
			if count++; count > mostFiles {
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
	return stamp(h.Sum64()), count
}
