package credential

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultInterval is how often Watch looks at the file if told nothing else.
const DefaultInterval = 2 * time.Second

// File is a credentials file that may change while it is in use. All methods
// may be called from many goroutines.
type File struct {
	path string
	keys atomic.Pointer[Keys]

	mu   sync.Mutex  // Protects seen and serialises reloads.
	seen os.FileInfo // of the version that was last read, good or broken
}

var _ Lookup = (*File)(nil)

// Open reads the file at path. A file that is missing or broken is an error:
// a server must not start without the keys that it was told to ask for.
func Open(path string) (*File, error) {
	f := &File{path: path}
	if _, err := f.Reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// Lookup answers the key with this access key id from the last good version of
// the file: one atomic load and one map read.
func (f *File) Lookup(id string) (*Key, bool) {
	return f.keys.Load().Lookup(id)
}

// Len is the number of keys in the last good version of the file.
func (f *File) Len() int { return len(*f.keys.Load()) }

// Reload reads the file if it is not the version that was read last, and reports
// whether it took a new set of keys. On an error the last good keys are kept; the
// same broken version is reported once.
func (f *File) Reload() (changed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		return false, f.missing(err)
	}
	if f.seen != nil && sameVersion(f.seen, info) {
		return false, nil
	}
	f.seen = info
	text, err := read(f.path)
	if err != nil {
		// It may be readable next time without looking changed.
		f.seen = nil
		return false, fmt.Errorf("credentials %s: %w", f.path, err)
	}
	keys, err := Parse(text)
	if err != nil {
		return false, fmt.Errorf("credentials %s: %w", f.path, err)
	}
	f.keys.Store(&keys)
	return true, nil
}

// Watch reloads the file whenever it changed, until ctx ends. It looks every
// interval (DefaultInterval if zero or less) and calls report after each reload:
// with nil when new keys were taken, with the error when the last good keys
// were kept. A file that is gone is reported once until it is back.
func (f *File) Watch(ctx context.Context, interval time.Duration, report func(error)) {
	if interval <= 0 {
		interval = DefaultInterval
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := f.Reload()
		switch {
		case err != nil && err.Error() != last:
			last = err.Error()
			report(err)
		case changed:
			last = ""
			report(nil)
		}
	}
}

// missing words a failed Stat and makes the next version look new.
func (f *File) missing(err error) error {
	f.seen = nil
	return fmt.Errorf("credentials %s: %w", f.path, err)
}

// sameVersion compares identity too, so that a file replaced by one of the same
// size and time (a symbolic link switched, as Kubernetes does) is seen.
func sameVersion(a, b os.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

// read reads at most one byte more than a file may have, which Parse refuses.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFileSize+1))
}
