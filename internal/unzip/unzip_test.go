package unzip

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// entry is an entry of an archive; mode 0 is a plain file.
type entry struct {
	name, text string
	mode       fs.FileMode
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode | 0o644)
		to, err := w.CreateHeader(h)
		if err == nil {
			_, err = to.Write([]byte(e.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Nothing is written outside of the folder, by whatever means an archive tries.
func TestArchivesStayInside(t *testing.T) {
	link := func(name, target string) entry { return entry{name, target, fs.ModeSymlink} }
	for name, entries := range map[string][]entry{
		"climbing":                   {{"../evil", "x", 0}},
		"climbing later":             {{"a/../../evil", "x", 0}},
		"climbing and coming back":   {{"a/../evil", "x", 0}},
		"an absolute name":           {{"/tmp/evil", "x", 0}},
		"backslashes":                {{`..\evil`, "x", 0}},
		"a drive":                    {{`C:\evil`, "x", 0}},
		"a link out":                 {link("l", "../evil")},
		"an absolute link":           {link("l", "/etc/passwd")},
		"a link to the folder above": {link("l", "..")},
		"a deep link out":            {{"a/b/c", "x", 0}, link("a/b/l", "../../../evil")},
		"a link through another":     {link("here", "."), link("l", "here/../../evil")},
		"through another, once":      {link("here", "."), link("l", "here/../evil")},
		"a link in a link":           {{"a/b", "x", 0}, link("in", "a"), link("in/l", "../..")},
		"a file through a link":      {link("l", "../evil"), {"l/x", "x", 0}},
		"an empty link":              {link("l", "")},
		"a pipe":                     {{"p", "", fs.ModeNamedPipe}},
		"a file for a folder":        {{"a", "x", 0}, {"a/b", "x", 0}},
		"a name too long":            {{strings.Repeat("a/", 3000) + "b", "x", 0}},
		"more folders than it may":   folders(4, 8),
		"deeper than it may":         {{strings.Repeat("a/", 300) + "b", "x", 0}},
		"more than it may become":    {{"zeros", strings.Repeat("\x00", 1001), 0}},
	} {
		t.Run(name, func(t *testing.T) {
			outer := t.TempDir()
			dir := filepath.Join(outer, "in")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "a.zip")
			if err := os.WriteFile(file, archive(t, entries...), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := Into(t.Context(), dir, f, Bounds{Bytes: 1000, Folders: 30}); err == nil {
				t.Error("it was unpacked, want an error")
			}
			if left, _ := os.ReadDir(outer); len(left) != 1 {
				t.Errorf("beside the folder there is %v", left)
			}
		})
	}
}

// folders are entries that name so many folders each.
func folders(entries, each int) (found []entry) {
	for i := range entries {
		found = append(found, entry{fmt.Sprint(i, "/", strings.Repeat("a/", each-1)), "", 0})
	}
	return found
}
