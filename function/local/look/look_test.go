package look

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/internal/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tree is a folder of so many files.
func tree(t testing.TB, files int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range files {
		write(t, filepath.Join(dir, fmt.Sprint(i%50), fmt.Sprint(i, ".js")), "1")
	}
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func folders(t testing.TB) *watch.Folders {
	t.Helper()
	f, err := watch.NewFolders(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Whatever is changed is seen by the very next look, be it few files or many.
func TestEveryChangeIsSeen(t *testing.T) {
	for _, files := range []int{10, 1000} {
		t.Run(fmt.Sprint(files), func(t *testing.T) {
			dir, beside := tree(t, files), tree(t, 1)
			v := New(folders(t), dir)
			v.Besides([]string{filepath.Join(beside, "0", "0.js")})
			before := v.Stamp()
			v.Stamp()
			if v.many != (files > few) || v.many != v.watched {
				t.Fatalf("many %v, watched %v", v.many, v.watched)
			}
			same := func(what string) {
				t.Helper()
				if v.Stamp() != before {
					t.Errorf("%s is a change", what)
				}
			}
			changed := func(what string) {
				t.Helper()
				now := v.Stamp()
				if now == before {
					t.Errorf("%s is not seen", what)
				}
				before = now
			}
			same("nothing")
			for i := range 20 {
				write(t, filepath.Join(dir, "7", "7.js"), fmt.Sprint("changed ", i))
				changed("a file that is written again")
				same("nothing more")
			}
			write(t, filepath.Join(dir, "new", "deep", "a.js"), "1")
			changed("a file in a new folder")
			write(t, filepath.Join(dir, "new", "deep", "a.js"), "12")
			changed("a file in a folder that has come")
			if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "renamed")); err != nil {
				t.Fatal(err)
			}
			changed("a folder that is called otherwise")
			write(t, filepath.Join(dir, "renamed", "deep", "a.js"), "123")
			changed("a file in it")
			if err := os.Remove(filepath.Join(dir, "8", "8.js")); err != nil {
				t.Fatal(err)
			}
			changed("a file that goes")
			write(t, filepath.Join(beside, "0", "0.js"), "beside")
			changed("a file beside")
			write(t, filepath.Join(dir, "node_modules", "x", "i.js"), "1")
			same("a package")
		})
	}
}

// old makes everything in a folder an hour old: what has come just now is walked through each time.
func old(t testing.TB, dir string) {
	t.Helper()
	at := time.Now().Add(-time.Hour)
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, at, at)
	}); err != nil {
		t.Fatal(err)
	}
}

// What has rested is not walked through, and a change of any kind is seen by the next look all the same,
// also one that leaves the times of files as they were.
func TestChangesOfWhatHasRested(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"nothing": func(string) error { return nil },
		"a package": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "node_modules", "i.js"), []byte("22"), 0o600)
		},
		"written":           func(dir string) error { return os.WriteFile(filepath.Join(dir, "1", "1.js"), []byte("2"), 0o600) },
		"longer, same time": func(dir string) error { return rewritten(filepath.Join(dir, "1", "1.js"), "22") },
		"removed":           func(dir string) error { return os.Remove(filepath.Join(dir, "1", "1.js")) },
		"renamed": func(dir string) error {
			return os.Rename(filepath.Join(dir, "1", "1.js"), filepath.Join(dir, "1", "2.js"))
		},
		"moved elsewhere": func(dir string) error {
			return os.Rename(filepath.Join(dir, "1", "1.js"), filepath.Join(dir, "2", "1.js"))
		},
		"new": func(dir string) error { return os.WriteFile(filepath.Join(dir, "1", "new.js"), nil, 0o600) },
		"in a new folder": func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "1", "new"), 0o700), os.WriteFile(filepath.Join(dir, "1", "new", "a.js"), nil, 0o600))
		},
		"a link in its place": func(dir string) error {
			path := filepath.Join(dir, "1", "1.js")
			return errors.Join(os.Remove(path), os.Symlink("../2/2.js", path))
		},
		"folder gone":    func(dir string) error { return os.Rename(dir, dir+".away") },
		"another folder": func(dir string) error { return errors.Join(os.Rename(dir, dir+".away"), os.Rename(dir+".spare", dir)) },
		"link leads elsewhere": func(dir string) error {
			at := filepath.Join(filepath.Dir(dir), "link")
			return errors.Join(os.Remove(at), os.Symlink(dir+".spare", at))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "code")
			for _, at := range []string{dir, dir + ".spare"} {
				for i := range 3 {
					write(t, filepath.Join(at, fmt.Sprint(i), fmt.Sprint(i, ".js")), "1")
				}
				write(t, filepath.Join(at, "node_modules", "i.js"), "1")
			}
			write(t, filepath.Join(dir+".spare", "besides.js"), "1")
			link := filepath.Join(filepath.Dir(dir), "link")
			if err := os.Symlink(dir, link); err != nil {
				t.Skip("no links here:", err)
			}
			old(t, dir)
			old(t, dir+".spare")
			v := New(folders(t), link)
			before := v.Stamp()
			if !v.kept.holds() || v.Stamp() != before {
				t.Fatal("it is walked through, though it has rested")
			}
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			if same := name == "nothing" || name == "a package"; (v.Stamp() == before) != same {
				t.Errorf("the same: %v, want %v", !same, same)
			}
		})
	}
}

// rewritten writes a file and leaves its time as it was.
func rewritten(path, text string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, info.ModTime(), info.ModTime()))
}

// A folder that has changed just now is walked through until its time tells of what comes next.
func TestWhatHasComeJustNowIsWalkedThrough(t *testing.T) {
	dir := tree(t, 3)
	v := New(folders(t), dir)
	if v.Stamp(); v.kept.holds() {
		t.Error("a folder's time is believed that may be the next change's too")
	}
}

// What links lead to is looked at, be it a folder, a file or the function's own folder.
func TestLinks(t *testing.T) {
	for _, files := range []int{10, 1000} {
		dir, shared, at := tree(t, files), tree(t, 3), filepath.Join(t.TempDir(), "link")
		for name, to := range map[string]string{
			at: dir, filepath.Join(dir, "shared"): shared, filepath.Join(dir, "1", "file.js"): filepath.Join(tree(t, 1), "0", "0.js"), filepath.Join(dir, "loop"): dir,
		} {
			if err := os.Symlink(to, name); err != nil {
				t.Fatal(err)
			}
		}
		v := New(folders(t), at)
		v.Stamp()
		for _, path := range []string{"7/7.js", "shared/1/1.js", "1/file.js", "shared/new.js"} {
			before := v.Stamp()
			if v.Stamp() != before {
				t.Error("nothing is a change")
			}
			write(t, filepath.Join(dir, filepath.FromSlash(path)), "changed")
			if v.Stamp() == before {
				t.Errorf("%d files: a change of %s is not seen", files, path)
			}
		}
	}
}

// More changes than a system keeps for those who do not ask are a change all the same.
func TestManyChangesAtOnce(t *testing.T) {
	dir := tree(t, 500)
	f := folders(t)
	v := New(f, dir)
	v.Stamp()
	before := v.Stamp()
	for i := range 40_000 { // alternating, or else two would be one
		at := time.Unix(int64(i), 0)
		if err := os.Chtimes(filepath.Join(dir, fmt.Sprint(i%2), fmt.Sprint(i%2, ".js")), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if v.Stamp() == before {
		t.Error("the change is not seen")
	}
	if _, known := f.Changes(); !known {
		t.Error("nothing is known any more")
	}
}

// Where nothing can be watched a look at many files is good for a moment.
func TestWithoutWatching(t *testing.T) {
	dir := tree(t, 500)
	v := New(nil, dir)
	v.Stamp()
	before := v.Stamp()
	write(t, filepath.Join(dir, "new.js"), "1")
	for began := time.Now(); v.Stamp() == before; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the change is not seen")
		}
	}
}

// A look at 2,000 files that have not changed is no walk.
func TestManyFilesCostNothing(t *testing.T) {
	dir := tree(t, 2000)
	v := New(folders(t), dir)
	v.Stamp()
	v.Stamp()
	const looks = 20
	looked := cost.Of(func() {
		for range looks {
			v.Stamp()
		}
	})
	walked := cost.Of(func() { v.walk(false) })
	if each := looked.Time / looks; 4*each > walked.Time {
		t.Errorf("a look took %v, a walk takes %v", each, walked.Time)
	}
}

func BenchmarkManyFiles(b *testing.B) {
	dir := tree(b, 2000)
	for name, f := range map[string]*watch.Folders{"watched": folders(b), "walked": nil} {
		b.Run(name, func(b *testing.B) {
			v := New(f, dir)
			v.Stamp()
			v.Stamp()
			for b.Loop() {
				if name == "walked" {
					v.until = time.Time{}
				}
				v.Stamp()
			}
		})
	}
}
