package up

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// place puts code and layers that are no folders of the user's into some of the state,
// and tells a function of them. Text that has changed is written where it was, so that
// the next invocation runs it.
func place(folder string, of *gateway.Function, f *local.Function) (err error) {
	prefix := filepath.Join(folder, f.Name)
	switch {
	case of.Code.Zip != "":
		f.Dir, err = unpacked(prefix, filepath.FromSlash(of.Code.Zip))
	case of.Code.Dir == "":
		f.Dir, err = prefix, written(prefix, filepath.Base(of.Code.FileName), of.Code.Inline)
	}
	for i, layer := range f.Layers {
		if info, wrong := os.Stat(layer); err == nil && wrong == nil && !info.IsDir() {
			f.Layers[i], err = unpacked(filepath.Join(folder, "layer"), layer)
		}
	}
	return err
}

// written makes a file of a folder hold a text, and leaves one alone that does.
func written(dir, name, text string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(dir, name)
	if there, err := os.ReadFile(file); err == nil && string(there) == text {
		return nil
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

// mostUnpacked is how many bytes an archive may hold.
// Documented: AWS Lambda Developer Guide, Lambda quotas: 250 MB unzipped.
const mostUnpacked = 250 << 20

// unpacked is the folder that an archive was unpacked to, one for each content.
func unpacked(prefix, file string) (string, error) {
	text, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer text.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, text)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(prefix), 0o700); err != nil {
		return "", err
	}
	dir := prefix + "-" + hex.EncodeToString(sum.Sum(nil)[:6])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	archive, err := zip.NewReader(text, size)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	// A folder that is half written is never found by its name.
	making := dir + ".new"
	if err := errors.Join(os.RemoveAll(making), os.MkdirAll(making, 0o700)); err != nil {
		return "", err
	}
	// Whatever links an archive makes, nothing is written through them to elsewhere.
	root, err := os.OpenRoot(making)
	if err != nil {
		return "", err
	}
	defer root.Close()
	left := int64(mostUnpacked)
	for _, entry := range archive.File {
		if err := unpack(root, entry, &left); err != nil {
			return "", fmt.Errorf("%s: %s: %w", file, entry.Name, err)
		}
	}
	return dir, os.Rename(making, dir)
}

// unpack writes an entry of an archive into a folder.
func unpack(dir *os.Root, entry *zip.File, left *int64) error {
	name := filepath.FromSlash(strings.TrimSuffix(entry.Name, "/"))
	if !filepath.IsLocal(name) {
		return errors.New("it would be written beside the folder")
	}
	mode := entry.Mode()
	if mode.IsDir() {
		return dir.MkdirAll(name, 0o700)
	}
	if err := dir.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	from, err := entry.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	if mode&fs.ModeSymlink != 0 {
		to, err := io.ReadAll(io.LimitReader(from, 4096))
		if err != nil {
			return err
		}
		if filepath.IsAbs(string(to)) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), string(to))) {
			return errors.New("the link leads out of the folder")
		}
		return dir.Symlink(string(to), name)
	}
	to, err := dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600|mode.Perm()&0o100)
	if err != nil {
		return err
	}
	n, err := io.Copy(to, io.LimitReader(from, *left+1))
	if *left -= n; err == nil && *left < 0 {
		err = fmt.Errorf("the archive holds more than %d MB", mostUnpacked>>20)
	}
	return errors.Join(err, to.Close())
}
