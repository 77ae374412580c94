package unzip

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of what an archive may become.
type Bounds struct {
	Bytes   int64
	Folders int // that names of entries have, whether they are entries or not
}

// Package is what Lambda takes, and somewhat more.
// Documented: AWS Lambda Developer Guide, Lambda quotas: 250 MB unzipped, layers included.
var Package = Bounds{Bytes: 300 << 20, Folders: 100_000}

const (
	maxEntries = 100_000
	maxDepth   = 200
	maxName    = 4096
	maxLink    = 4096
)

// Into unpacks a zip archive below a folder. An archive with a name or a link that leads out
// is refused, for nobody packs such code by accident; what it had before that stays there.
func Into(ctx context.Context, dir string, archive *os.File, bounds Bounds) error {
	info, err := archive.Stat()
	if err != nil {
		return err
	}
	reader, err := zip.NewReader(archive, info.Size())
	if err != nil {
		return err
	}
	if len(reader.File) > maxEntries {
		return fmt.Errorf("the archive has more than %d files", maxEntries)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacking{root: root, left: bounds.Bytes, bounds: bounds, folders: map[string]bool{".": true}}
	for _, f := range reader.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := u.entry(f); err != nil {
			return err
		}
	}
	return u.makeLinks()
}

type unpacking struct {
	root  *os.Root // no name leads out of it, whatever links there are
	left  int64    // bytes that may still come
	links []link

	bounds  Bounds
	folders map[string]bool // that have been made
}

type link struct{ name, target string }

// entry writes one entry of an archive; links are kept for the end.
func (u *unpacking) entry(f *zip.File) error {
	name, err := local(f.Name)
	if err != nil {
		return err
	}
	mode := f.Mode()
	switch {
	case strings.HasSuffix(f.Name, "/"):
		return u.folder(name)
	case mode&fs.ModeSymlink != 0:
		target, err := text(f)
		u.links = append(u.links, link{name, target})
		return err
	case !mode.IsRegular():
		return fmt.Errorf("%q is neither a file nor a folder", f.Name)
	}
	return u.file(f, name)
}

// folder makes a folder with those above it. A short archive can name thousands of them
// in each entry.
func (u *unpacking) folder(name string) error {
	if strings.Count(name, string(filepath.Separator)) > maxDepth {
		return fmt.Errorf("%.200q is more than %d folders deep", name, maxDepth)
	}
	for above := name; !u.folders[above]; above = filepath.Dir(above) {
		if len(u.folders) > u.bounds.Folders {
			return fmt.Errorf("the archive has more than %d folders", u.bounds.Folders)
		}
		u.folders[above] = true
	}
	return u.root.MkdirAll(name, 0o755)
}

// local is the name of an entry as the system spells it. Backslashes are refused: a
// program for Windows wrote them for slashes, and there they are.
func local(name string) (string, error) {
	clean := path.Clean(name)
	if len(name) > maxName || strings.ContainsAny(name, "\\\x00") || path.IsAbs(name) || !filepath.IsLocal(filepath.FromSlash(clean)) || climbs(name) {
		return "", fmt.Errorf("%.200q leads out of the folder", name)
	}
	return filepath.FromSlash(clean), nil
}

// climbs says whether a path has a part that is "..".
func climbs(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

func text(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxLink+1))
	if err == nil && len(b) > maxLink {
		err = fmt.Errorf("the link %.200q is too long", f.Name)
	}
	return string(b), err
}

// file writes a file. Of its mode counts whether it can be executed.
func (u *unpacking) file(f *zip.File, name string) error {
	if err := u.folder(filepath.Dir(name)); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if f.Mode()&0o111 != 0 {
		mode = 0o755
	}
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := u.root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	// What an entry says of its size is not believed.
	n, err := io.Copy(to, io.LimitReader(from, u.left+1))
	if u.left -= n; err == nil && u.left < 0 {
		err = fmt.Errorf("unpacked it has more than %d bytes", u.bounds.Bytes)
	}
	return errors.Join(err, to.Close())
}

// makeLinks makes the links, after all else: until then there is none that a file
// could be written through. A target may climb at its beginning alone, and no further
// than to the folder; so wherever the other links lead, it stays inside.
func (u *unpacking) makeLinks() error {
	for _, l := range u.links {
		rest := l.target
		for strings.HasPrefix(rest, "../") {
			rest = rest[len("../"):]
		}
		inside := path.Join(path.Dir(filepath.ToSlash(l.name)), l.target)
		if l.target == "" || path.IsAbs(l.target) || strings.ContainsAny(l.target, "\\\x00") || rest != ".." && climbs(rest) || !filepath.IsLocal(filepath.FromSlash(inside)) {
			return fmt.Errorf("the link %.200q leads out of the folder", l.name)
		}
		if err := u.plain(filepath.Dir(l.name)); err != nil {
			return err
		}
		if err := u.folder(filepath.Dir(l.name)); err != nil {
			return err
		}
		if err := u.root.Symlink(filepath.FromSlash(l.target), l.name); err != nil {
			return err
		}
	}
	return nil
}

// plain refuses a folder that is reached through a link: what a link there means would
// depend on where that leads.
func (u *unpacking) plain(dir string) error {
	for ; dir != "."; dir = filepath.Dir(dir) {
		info, err := u.root.Lstat(dir)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%.200q is reached through a link", dir)
		}
	}
	return nil
}
