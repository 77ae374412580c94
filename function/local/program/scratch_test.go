package program

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A copy has bounds, obeys its caller, and does not copy itself.
func TestCopyIsBounded(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, row := range []struct {
		name    string
		ctx     context.Context
		entries int
		bytes   int64
		want    string // of the error, "" for none
	}{
		{"just enough", t.Context(), 4, 8, ""},
		{"too many", t.Context(), 3, 8, "more than 200000 files"},
		{"too large", t.Context(), 4, 7, "more than 4 GB"},
		{"canceled", canceled, 4, 8, "canceled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			code := t.TempDir()
			built := filepath.Join(code, "built") // below the code, as with --function f=/tmp
			for _, err := range []error{
				os.Mkdir(filepath.Join(code, "a"), 0o700), os.Mkdir(built, 0o700),
				os.WriteFile(filepath.Join(code, "a", "b"), []byte("1234"), 0o600), os.WriteFile(filepath.Join(code, "c"), []byte("5678"), 0o600),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			own, err := os.Stat(built)
			if err != nil {
				t.Fatal(err)
			}
			c := &copying{ctx: row.ctx, own: own, entries: row.entries, bytes: row.bytes, within: map[string]string{}}
			err = c.folder(code, filepath.Join(built, "copy"))
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("got %v, want %q", err, row.want)
			}
			if _, err := os.Stat(filepath.Join(built, "copy", "built")); err == nil {
				t.Error("the copy has itself")
			}
		})
	}
}
