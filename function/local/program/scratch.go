package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Bounds of what is copied for a build. Assumed: SAM has none, and a folder that is
// larger is a mistake, such as a home directory, which would fill the disk of /tmp.
const (
	mostEntries = 200_000
	largestCopy = 4 << 30 // bytes
)

// scratch copies the code of a function for a build that may do there what it likes.
// Documented: AWS Lambda Builders, Provided Make Builder, step 1: the source is copied
// to a scratch directory, so that changes leave the original untouched.
func (m *Maker) scratch(ctx context.Context, c *Code) (folder string, err error) {
	if folder, err = m.newFolder(c); err != nil {
		return "", err
	}
	if err := m.copied(ctx, c.Dir, folder); err != nil {
		discard(folder)
		return "", err
	}
	return folder, nil
}

// copied copies a folder for a build, without files and folders of these names.
func (m *Maker) copied(ctx context.Context, from, to string, without ...string) error {
	ctx, cancel := context.WithTimeout(ctx, longestBuild)
	defer cancel()
	// By identity and not by name: /tmp may be a link, and a copy of itself would fill the disk.
	own, err := os.Stat(m.Folder)
	if err == nil {
		err = (&copying{ctx: ctx, own: own, entries: mostEntries, bytes: largestCopy, within: map[string]string{}, without: without}).folder(from, to)
	}
	if err != nil {
		return fmt.Errorf("a copy of %s to build in: %w", from, err)
	}
	return nil
}

// discard removes what a build worked in. Tools such as Go's module cache take away the
// right to write in their folders, which removing a file in them needs.
func discard(folder string) {
	if os.RemoveAll(folder) == nil {
		return
	}
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, _ error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(folder)
}

// copying is a copy under way.
type copying struct {
	ctx     context.Context
	own     fs.FileInfo       // folder of everything that is built: it may lie below the code
	entries int               // that may still come
	bytes   int64             // that may still come
	without []string          // names that are passed over, besides those that SAM passes over
	within  map[string]string // the folders that are being copied, without links, and their copies
}

// excluded are names that SAM does not copy at any depth. Observed: the excluded files
// of its Makefile workflow. node_modules are copied, since a target may need them.
func excluded(name string) bool { return name == ".aws-sam" || name == ".git" }

// folder copies a folder to one that may be there.
func (c *copying) folder(from, to string) error {
	real, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil || os.SameFile(info, c.own) {
		return err
	}
	if copied, ok := c.within[real]; ok {
		return loop(copied, to)
	}
	c.within[real] = to
	defer delete(c.within, real) // one that two links lead to is copied twice, as SAM does
	// Without the right to write nothing could be copied into it.
	if err := os.MkdirAll(to, info.Mode().Perm()|0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if excluded(entry.Name()) || slices.Contains(c.without, entry.Name()) {
			continue
		}
		if err := c.entry(filepath.Join(real, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			return err
		}
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// loop makes a link that leads upwards, as workspaces have in node_modules, lead to the
// copy of where it led. SAM would follow it until the system says that it is too deep.
func loop(copied, to string) error {
	way, err := filepath.Rel(filepath.Dir(to), copied)
	if err != nil {
		return err
	}
	return os.Symlink(way, to)
}

// entry copies what a folder has. Links are followed, as SAM follows them: one that
// leads out of the folder would lead nowhere from the copy.
func (c *copying) entry(from, to string) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if c.entries--; c.entries < 0 {
		return fmt.Errorf("there are more than %d files and folders", mostEntries)
	}
	info, err := os.Stat(from)
	switch {
	case err != nil:
		return broken(from, to, err)
	case info.IsDir():
		return c.folder(from, to)
	case info.Mode().IsRegular():
		return c.file(from, to, info)
	}
	return nil // a socket, pipe or device: there is nothing in it, and reading it may never end
}

// broken keeps a link that leads nowhere, such as an editor's lock, as it is; what has
// gone meanwhile is no part of the code.
func broken(from, to string, err error) error {
	if target, no := os.Readlink(from); no == nil {
		return os.Symlink(target, to)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// file copies a file with its time, by which make tells what is to be made. It is a copy
// and no hard link: a build that writes to it would write to the user's file.
func (c *copying) file(from, to string, info fs.FileInfo) error {
	source, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	// O_EXCL follows no link: one that is there already would lead the write out of the copy.
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(target, io.LimitReader(source, c.bytes+1))
	if err = errors.Join(err, target.Close()); err != nil {
		return err
	}
	if c.bytes -= n; c.bytes < 0 {
		return fmt.Errorf("there is more than %d GB", largestCopy>>30)
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}
