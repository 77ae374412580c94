package watch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func open(t *testing.T, files ...string) *Watcher {
	t.Helper()
	w, err := New(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	w.Files(files...)
	return w
}

// told says whether a change is told of, for as long as a machine under load may take.
func told(t *testing.T, w *Watcher) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return w.Wait(ctx)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// However an editor saves, somebody is told.
func TestSaves(t *testing.T) {
	for name, save := range map[string]func(t *testing.T, path string){
		"written": func(t *testing.T, path string) { write(t, path, "2") },
		"renamed": func(t *testing.T, path string) {
			write(t, path+"~", "2")
			if err := os.Rename(path+"~", path); err != nil {
				t.Fatal(err)
			}
		},
		"removed": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"folder replaced": func(t *testing.T, path string) {
			dir := filepath.Dir(path)
			if err := os.Rename(dir, dir+".old"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a", "file")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, path, "1")
			w := open(t, path)
			if save(t, path); !told(t, w) {
				t.Error("nobody was told")
			}
		})
	}
}

// A file is waited for in a folder that is not there yet, step by step.
func TestFilesToCome(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "file")
	w := open(t, path)
	for _, step := range []func() error{
		func() error { return os.Mkdir(filepath.Dir(filepath.Dir(path)), 0o700) },
		func() error { return os.Mkdir(filepath.Dir(path), 0o700) },
		func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if !told(t, w) {
			t.Fatal("nobody was told")
		}
		w.Files(path)
	}
}

// A link leads to a file elsewhere, which is watched too.
func TestLinks(t *testing.T) {
	file, link := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "link")
	write(t, file, "1")
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no links here:", err)
	}
	w := open(t, link)
	if write(t, file, "2"); !told(t, w) {
		t.Error("nobody was told")
	}
}

// A folder that has two names tells of its files by either, whichever was added last.
func TestFoldersOfTwoNames(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Skip("there are no links here:", err)
	}
	for _, name := range []string{"a", "b"} {
		write(t, filepath.Join(real, name), "1")
	}
	for range 8 { // in any order
		w := open(t, filepath.Join(real, "a"), filepath.Join(link, "b"))
		for _, name := range []string{"a", "b"} {
			if write(t, filepath.Join(real, name), "2"); !told(t, w) {
				t.Fatalf("nobody tells of %s", name)
			}
		}
	}
}

// What happens to other files concerns nobody, and a burst is told once.
func TestOthersAndBursts(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	write(t, path, "1")
	w := open(t, path)
	write(t, filepath.Join(dir, "other"), "1")
	for range 20 {
		write(t, path, "2")
	}
	if !told(t, w) {
		t.Fatal("nobody was told")
	}
	write(t, filepath.Join(dir, "other"), "2")
	ctx, cancel := context.WithTimeout(t.Context(), 4*quiet)
	defer cancel()
	if w.Wait(ctx) {
		t.Error("told of another file, or twice of a burst")
	}
}
