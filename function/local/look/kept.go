package look

import (
	"io/fs"
	"os"
	"runtime"
	"time"
)

// kept is what a walk has found. As long as every folder and file of it is as it was, another
// walk would find the same: a folder's own time changes when something comes into it, goes
// or is called otherwise. So a look at few files is a question to the system for each of them, and
// trusts nothing that a system may forget to tell, as those of other machines' disks do.
type kept struct {
	began   time.Time // of the walk; zero: there was none
	doubted bool      // something was found that cannot be asked for so
	roots   []found   // as they were named, where links led elsewhere
	folders []found
	files   []found
}

// found is a file or folder as it was.
type found struct {
	path string
	info fs.FileInfo
}

// settled is how old a folder's time must be when it is read: filesystems count in steps of up to two
// seconds, and what comes in the same step as the reading would leave no other time.
const settled = 2 * time.Second

// doubt has everything walked through again, where something could not be looked at.
func (k *kept) doubt(err error) { k.doubted = k.doubted || err != nil }

// root keeps where a root's name has led.
func (k *kept) root(path, real string) {
	if path == real {
		return
	}
	info, err := os.Stat(path)
	k.doubt(err)
	k.roots = append(k.roots, found{path, info})
}

// folder keeps a folder that is about to be read.
func (k *kept) folder(path string, entry fs.DirEntry) {
	info, err := entry.Info()
	if k.doubt(err); err != nil {
		return
	}
	// Windows leaves a folder's time as it is on some of its disks.
	k.doubted = k.doubted || runtime.GOOS == "windows" || k.began.Sub(info.ModTime()) < settled
	k.folders = append(k.folders, found{path, info})
}

// file keeps a file. What a link leads to, by way of others maybe, is found by walking alone.
func (k *kept) file(path string, info fs.FileInfo) {
	if k.doubted = k.doubted || info.Mode()&fs.ModeSymlink != 0 || len(k.files) > few; k.doubted {
		return
	}
	k.files = append(k.files, found{path, info})
}

// holds says whether everything is as it was.
func (k *kept) holds() bool {
	if k.began.IsZero() || k.doubted {
		return false
	}
	for _, one := range k.roots {
		if now, err := os.Stat(one.path); err != nil || !os.SameFile(now, one.info) {
			return false
		}
	}
	for _, one := range k.folders {
		if now, err := os.Lstat(one.path); err != nil || !now.ModTime().Equal(one.info.ModTime()) || !os.SameFile(now, one.info) {
			return false
		}
	}
	for _, one := range k.files {
		if now, err := os.Lstat(one.path); err != nil || now.Size() != one.info.Size() || !now.ModTime().Equal(one.info.ModTime()) || now.Mode() != one.info.Mode() {
			return false
		}
	}
	return true
}
