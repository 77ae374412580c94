package vtl_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

func seeds(f *testing.F) []*script {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	var all []*script
	for _, file := range files {
		all = append(all, readScript(f, file)...)
	}
	return all
}

// FuzzParse looks for templates that make the parser panic or hang.
func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s.template)
	}
	f.Fuzz(func(t *testing.T, template string) {
		for _, stock := range []bool{false, true} {
			tt, err := vtl.ParseWith(template, vtl.Options{Stock: stock})
			if (err == nil) == (tt == nil) {
				t.Errorf("template %v, error %v: want exactly one", tt, err)
			}
		}
	})
}

// FuzzRender looks for renderings that panic, hang or exceed their bounds.
func FuzzRender(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s.template, s.body)
	}
	limits := vtl.Limits{Output: 64 << 10, Memory: 8 << 20, Elements: 10_000, Work: 200_000, Time: time.Second}
	f.Fuzz(func(t *testing.T, template, body string) {
		for _, stock := range []bool{false, true} {
			tt, err := vtl.ParseWith(template, vtl.Options{Stock: stock, Limits: limits})
			if err != nil {
				continue
			}
			var out bytes.Buffer
			if err := tt.Render(&out, &vtl.Vars{Text: body}); err != nil && out.Len() > 0 {
				t.Errorf("wrote %q before it failed with %v", out.String(), err)
			}
			if out.Len() > limits.Output {
				t.Errorf("wrote %d bytes, want at most %d", out.Len(), limits.Output)
			}
		}
	})
}
