package up

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// archive makes a zip file of entries: a name that ends in @ is a link.
func archive(t *testing.T, entries map[string]string) (file string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range entries {
		h := &zip.FileHeader{Name: strings.TrimSuffix(name, "@")}
		h.SetMode(0o755)
		if name != h.Name {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		e, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "code.zip")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCodeIsPlaced(t *testing.T) {
	folder := t.TempDir()
	f := &local.Function{Name: "f", Layers: []local.Layer{{Dir: archive(t, map[string]string{"nodejs/x.js": "1"})}, {Dir: t.TempDir()}}}
	kept := f.Layers[1].Dir
	if err := place(t.Context(), folder, nil, &gateway.Function{Layers: make([]gateway.Layer, 2), Code: gateway.Code{Zip: archive(t, map[string]string{"bin/run": "#!", "link@": "bin/run"})}}, f); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(f.Dir, "link")); err != nil || info.Mode()&0o100 == 0 || !strings.HasPrefix(f.Dir, folder) {
		t.Errorf("got %v in %s, %v", info, f.Dir, err)
	}
	if _, err := os.Stat(filepath.Join(f.Layers[0].Dir, "nodejs", "x.js")); err != nil || f.Layers[1].Dir != kept {
		t.Errorf("the layers are %v: %v", f.Layers, err)
	}
	for _, text := range []string{"first", "second"} {
		if err := place(t.Context(), folder, nil, &gateway.Function{Code: gateway.Code{Inline: text, FileName: "index.mjs"}}, f); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(folder, "f", "index.mjs")); err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// Nothing is written beside the folder, whatever an archive says.
func TestArchivesStayInside(t *testing.T) {
	for _, entries := range []map[string]string{{"../x": ""}, {"/x": ""}, {"a/../../x": ""}, {"x@": "../../etc"}, {"x@": "/etc"}} {
		folder := filepath.Join(t.TempDir(), "code")
		err := place(t.Context(), folder, nil, &gateway.Function{Code: gateway.Code{Zip: archive(t, entries)}}, &local.Function{Name: "f"})
		if left, _ := filepath.Glob(filepath.Join(folder, "..", "x")); err == nil || len(left) > 0 {
			t.Errorf("%v: got %v, %v", entries, err, left)
		}
	}
}
