package program

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// stateLength is how many characters tell two states of a layer's files apart.
const stateLength = 16

// stateOf tells apart what a layer is built of: its files by names, sizes and times, how
// it is built, and by which version of which tool.
func (m *Maker) stateOf(ctx context.Context, l *Layer) (string, error) {
	w := &wandering{ctx: ctx, sum: sha256.New(), entries: mostEntries, within: map[string]bool{}}
	fmt.Fprintln(w.sum, l.Dir, l.Build.Method, l.Build.Target, m.toolOf(ctx, l.Build.Method))
	properties, err := json.Marshal(l.Build.Properties) // in order of the names
	if err != nil {
		return "", err
	}
	_, _ = w.sum.Write(properties)
	if err := w.folder(l.Dir, ""); err != nil {
		return "", err
	}
	return hex.EncodeToString(w.sum.Sum(nil))[:stateLength], nil
}

// toolOf is the interpreter that a layer is built for: another version of it may find
// nothing in what was compiled for this one.
func (m *Maker) toolOf(ctx context.Context, method string) string {
	for language, name := range map[string]string{"nodejs": "node", "python": "python3"} {
		if strings.HasPrefix(method, language) {
			if path, err := exec.LookPath(name); err == nil {
				return m.version(ctx, path)
			}
		}
	}
	return ""
}

// wandering is a look at all files of a layer.
type wandering struct {
	ctx     context.Context
	sum     hash.Hash
	entries int             // that may still come
	within  map[string]bool // folders that are being looked at, without links: a link may lead upwards
}

func (w *wandering) folder(at, name string) error {
	// Links are followed, for what they lead to is built too; one upwards would never end.
	real, err := filepath.EvalSymlinks(at)
	if err != nil || w.within[real] {
		return err
	}
	w.within[real] = true
	defer delete(w.within, real)
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// Tools write there while they build: with them each build would call for the next.
		if excluded(entry.Name()) || entry.Name() == "node_modules" || entry.Name() == "__pycache__" || entry.Name() == stateFolder {
			continue
		}
		if err := w.entry(filepath.Join(real, entry.Name()), filepath.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (w *wandering) entry(at, name string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.entries--; w.entries < 0 {
		return fmt.Errorf("there are more than %d files and folders", mostEntries)
	}
	info, err := os.Stat(at)
	if err != nil { // a link to nowhere, or a file that has gone meanwhile
		fmt.Fprintf(w.sum, "%q\n", name)
		return nil
	}
	if info.IsDir() {
		return w.folder(at, name)
	}
	// Contents are not read: a layer may have hundreds of megabytes, and is looked at before
	// each build.
	// Of the rights only "executable" counts: others differ between checkouts of the same code.
	fmt.Fprintf(w.sum, "%q %v %d %d\n", name, info.Mode()&(fs.ModeType|0o111), info.Size(), info.ModTime().UnixNano())
	return nil
}

// rooted makes the dependencies of a package that lie outside of it lie where they lay
// before it was copied.
// Documented: npm Docs, package.json, Local Paths: file: and a path that is relative to
// the folder of the package.
func rooted(from, to string) error {
	file := filepath.Join(to, "package.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var pack map[string]json.RawMessage
	if json.Unmarshal(text, &pack) != nil {
		return nil // npm says what is wrong with it
	}
	for _, kind := range []string{"dependencies", "optionalDependencies"} {
		var needed map[string]string
		if json.Unmarshal(pack[kind], &needed) != nil {
			continue
		}
		for _, where := range needed {
			if path, local := strings.CutPrefix(where, "file:"); local && strings.HasPrefix(path, "..") {
				absolute, _ := json.Marshal("file:" + filepath.Join(from, path))
				written, _ := json.Marshal(where)
				text = bytes.ReplaceAll(text, written, absolute)
			}
		}
	}
	return os.WriteFile(file, text, 0o600)
}
