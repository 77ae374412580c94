package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/disk"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/functions"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/file"
)

// maxDocument bounds the configuration file, in bytes.
const maxDocument = 64 << 20

// File is a YAML document that is served read-only, and watched.
type File struct {
	path        string
	maxTemplate int // characters of a mapping template
	store       *file.Store
	text        []byte       // as it is served
	folder      *disk.Folder // of what it takes in
	functions   []local.Function
	again       chan struct{} // asks for another look
	logger      *slog.Logger
}

func openFile(o *Options) (store.Store, *File, error) {
	text, err := readDocument(o.File)
	if err != nil {
		return nil, nil, fmt.Errorf("--config: %w", err)
	}
	folder := disk.Of(o.File)
	// Judged whole before anything listens: a file that does not hold ends the start with its line.
	documents, named, err := parse(text, o.File, folder, o.MaxTemplate)
	if err != nil {
		return nil, nil, fmt.Errorf("--config %s: %w", o.File, err)
	}
	kept, err := file.New(documents)
	if err != nil {
		return nil, nil, fmt.Errorf("--config %s: %w", o.File, err)
	}
	return kept, &File{o.File, o.MaxTemplate, kept, text, folder, named, make(chan struct{}, 1), o.Logger}, nil
}

// parse reads a document that may name functions, whose paths begin at its folder.
func parse(text []byte, path string, folder *disk.Folder, maxTemplate int) ([]store.Document, []local.Function, error) {
	documents, code, err := document.ParseFile(text, maxTemplate, folder.Complete)
	if err != nil {
		return nil, nil, all(text, path, folder, maxTemplate)
	}
	named, err := functions.Read(code, filepath.Dir(path))
	return documents, named, err
}

// all tells all that is wrong with a document: who mends it is to read it once.
func all(text []byte, path string, folder *disk.Folder, maxTemplate int) error {
	root, found := document.CheckFile(text, maxTemplate, folder.Complete)
	// Whatever is wrong with APIs, functions are judged by themselves: they name none.
	if root.There() {
		_, err := functions.Read(root.Get("functions"), filepath.Dir(path))
		found = append(found, functions.Faults(err)...)
	}
	tree.Sort(found)
	wrong := make([]error, len(found))
	for i, e := range found {
		wrong[i] = e
	}
	return errors.Join(wrong...)
}

// Functions are those that the file names to be run, as it is served, and those of the
// command line, which count where both have a name. The file may be nil. While Watch
// runs, only what it calls may ask.
func (f *File) Functions(flags []local.Function) []local.Function {
	if f == nil {
		return flags
	}
	return functions.Beside(f.functions, flags)
}

func readDocument(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	// Before it is read: somebody may have named a log or an image by mistake.
	if info.Size() > maxDocument {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxDocument)
	}
	return os.ReadFile(path)
}

// Watch serves the file anew when it has changed, or when it is asked to look, and
// tells changed; it returns when ctx ends. A broken file changes nothing: the last good
// version is served on.
func (f *File) Watch(ctx context.Context, changed func()) {
	// Looked at and not watched: it works on every file system, also where a link is switched.
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-f.again:
		}
		anew, err := f.reload()
		switch {
		// Once for each fault: an editor that saves half a file would else fill the log.
		case err != nil && err.Error() != last:
			last = err.Error()
			f.logger.Error("the configuration file was not taken; the one before goes on", "file", f.path, "error", err)
		case anew:
			last = ""
			changed()
			f.logger.Info("the configuration file is served anew", "file", f.path)
		}
	}
}

// reload takes the file over whole, if it differs from what is served.
func (f *File) reload() (changed bool, err error) {
	text, err := readDocument(f.path)
	// By what it says and not by its time: to save what is unchanged is no change. Files that it
	// takes in count like its own text.
	if err != nil || bytes.Equal(text, f.text) && !f.folder.Changed() {
		return false, err
	}
	folder := disk.Of(f.path)
	documents, named, err := parse(text, f.path, folder, f.maxTemplate)
	if err != nil {
		return false, err
	}
	if _, err := f.store.Replace(documents); err != nil {
		return false, err
	}
	// Only now: a file that was refused is judged again at the next look, in case what it takes in
	// was what was wrong.
	f.text, f.folder, f.functions = text, folder, named
	return true, nil
}

// Look asks for another look at the file now.
func (f *File) Look() {
	select {
	// Asked for by SIGHUP: whoever has saved the file need not wait for the next second.
	case f.again <- struct{}{}:
	default: // it is about to look already
	}
}
